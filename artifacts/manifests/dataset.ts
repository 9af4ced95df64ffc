// What ingest puts out: packed shards of labelled gray images, and what was counted on the way.

import { z } from 'zod';
import { artifactRef, classNames, count, countsBySource, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

const licence = z.object({ package: z.string(), version: z.string(), licence: z.string() });

/** The source's own bytes: files one after another in the parts, and JSON lines { path, sizeBytes, sha256 } that part them. */
const keptSource = z.object({ index: artifactRef, parts: z.array(artifactRef) });
export type KeptSource = z.infer<typeof keptSource>;

export const datasetManifest = z.object({
  schemaVersion,
  kind: z.literal('dataset'),
  name: z.string().min(1),
  classes: classNames,
  /** A sample's source is its index here. Empty licences: the images are the user's own. */
  sources: z.array(z.object({ name: z.string(), kind: z.string(), licences: z.array(licence) })).min(1),
  /** A group's id in the shards is its index here. */
  groups: z.array(z.string()),
  /** True when the source says which samples are for training, validation and test (the built-in data does). */
  splitHints: z.boolean(),
  counts: countsBySource,
  sampleCount: count,
  shards: z.array(artifactRef),
  rejected: z.object({ count, ref: artifactRef, reasons: z.record(z.string(), count) }),
  duplicates: z.object({ count }),
  /** Samples with the same pixels and different labels. */
  conflicts: z.object({ count }),
  warnings: z.array(z.string()),
  chart: artifactRef,
  /** Over the decoded content of all samples in order: the same for any packing. */
  pixelDigest: sha256Hex,
  /** What it was made of; absent where people may still withdraw it (corrections), and in older datasets. */
  source: keptSource.optional(),
});
export type DatasetManifest = z.infer<typeof datasetManifest>;

const type: RecordType<typeof datasetManifest> = { schema: datasetManifest, expected: 'a dataset manifest' };

/** @throws InvalidRecord */
export function parseDatasetManifest(bytes: Uint8Array, key = 'dataset manifest'): DatasetManifest {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeDatasetManifest(manifest: DatasetManifest): Uint8Array {
  return encodeRecord(type, manifest);
}
