// What preprocess puts out: which sample is on which side, network inputs to measure on, masters to augment from.

import { z } from 'zod';
import { artifactRef, classNames, count, countsBySource, preprocessingName, schemaVersion } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

const split = z.object({
  sampleCount: count,
  counts: countsBySource,
  /** JSON: who is on this side, in order: dataset index, source, group and name of each sample. */
  members: artifactRef,
});

/** Packed network inputs made from the originals. */
const measuredSplit = split.extend({ inputs: z.array(artifactRef) });

/** The proof that nothing stands on two sides. Further members tell how it was counted. */
const leakage = z.looseObject({
  method: z.string(),
  /** Groups with samples on more than one side. */
  sharedGroups: count,
  /** Samples whose exact pixels also stand on another side. */
  sharedPixels: count,
});

export const splitsManifest = z.object({
  schemaVersion,
  kind: z.literal('splits'),
  dataset: artifactRef,
  classes: classNames,
  preprocessing: preprocessingName,
  splits: z.object({ train: split, validation: measuredSplit, test: measuredSplit }),
  /** What the train split is augmented from, packed in the order of its members. */
  masters: z.array(z.object({ ref: artifactRef, sampleCount: count })),
  leakage,
  warnings: z.array(z.string()),
});
export type SplitsManifest = z.infer<typeof splitsManifest>;

const type: RecordType<typeof splitsManifest> = { schema: splitsManifest, expected: 'a splits manifest' };

/** @throws InvalidRecord */
export function parseSplitsManifest(bytes: Uint8Array, key = 'splits manifest'): SplitsManifest {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeSplitsManifest(manifest: SplitsManifest): Uint8Array {
  return encodeRecord(type, manifest);
}
