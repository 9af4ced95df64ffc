// A dataset that a person gave a name: what it was made from, and what ingest made of it. Written once, taken back whole.

import { z } from 'zod';
import { artifactRef, isoTime, jsonObject, runIdentity, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

/** As the slice of a mixture may be called. */
export const datasetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected 1–40 lower-case letters, digits and dashes, a letter or digit first');

export const namedDataset = z.object({
  schemaVersion,
  kind: z.literal('named-dataset'),
  name: datasetName,
  addedAt: isoTime,
  author: z.string().min(1),
  /** The resolved part `ingest` of the configuration: a run that takes the dataset has it, too, and so the same step key. */
  ingest: jsonObject,
  step: z.literal('ingest'),
  stepKey: sha256Hex,
  /** The dataset's manifest. */
  output: artifactRef,
  summary: jsonObject,
  /** The run that made it, or found it made. */
  run: runIdentity,
});
export type NamedDataset = z.infer<typeof namedDataset>;

const type: RecordType<typeof namedDataset> = {
  schema: namedDataset,
  expected: 'the record of a named dataset',
  isSealed: true,
};

/** @throws InvalidRecord */
export function parseNamedDataset(bytes: Uint8Array, key = 'named dataset'): NamedDataset {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeNamedDataset(record: NamedDataset): Uint8Array {
  return encodeRecord(type, record);
}
