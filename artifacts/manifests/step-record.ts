// What a finished step made. Created once, under the step's key; whoever comes later adopts it.

import { z } from 'zod';
import { canonicalDigest } from '../canonical.ts';
import { artifactRef, isoTime, jsonObject, runIdentity, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, InvalidRecord, parseRecord, type RecordType } from './parse.ts';

/** A blob with the store's ETag at the time of recording: a HEAD that gives the same is a hit. */
export const recordedBlob = artifactRef.extend({ etag: z.string() });
export type RecordedBlob = z.infer<typeof recordedBlob>;

/** Who did the work. */
export const stepAttempt = runIdentity.extend({ attempt: z.int().positive() });
export type StepAttempt = z.infer<typeof stepAttempt>;

export const stepRecord = z.object({
  schemaVersion,
  kind: z.literal('step-record'),
  step: z.string().min(1),
  stepKey: sha256Hex,
  /** What the key is the digest of; tells why a later run had another key. */
  keyDocument: jsonObject,
  /** Own modules in the code that ran → SHA-256: says which one changed. */
  modules: z.record(z.string(), sha256Hex).optional(),
  /** The same modules → digest of what they left in the bundles: a comment changes the one above, and not this. */
  pieces: z.record(z.string(), z.string()).optional(),
  /** Packages that the code can reach, by their place → version and the beginning of the integrity. */
  closure: z.record(z.string(), z.string()).optional(),
  output: artifactRef,
  /** Every blob the step wrote, the output among them. */
  blobs: z.array(recordedBlob).min(1),
  summary: jsonObject,
  warnings: z.array(z.string()),
  resumed: z.boolean(),
  /** How long the compute took, in seconds of the worker's monotonic clock. */
  seconds: z.number().nonnegative(),
  recordedAt: isoTime,
  madeBy: stepAttempt,
  /** Tells one's own record from an equal one of another attempt. */
  nonce: z.string().min(1),
});
export type StepRecord = z.infer<typeof stepRecord>;

/** With the digest of all the rest: later steps are led by this record, so one changed bit must not go unseen. */
const sealedRecord = stepRecord.extend({ checksum: sha256Hex });

const open: RecordType<typeof stepRecord> = { schema: stepRecord, expected: 'a step record' };
const sealed: RecordType<typeof sealedRecord> = { schema: sealedRecord, expected: 'a step record' };

/** @throws InvalidRecord, also when the record is not what its checksum was made of */
export function parseStepRecord(bytes: Uint8Array, key = 'step record'): StepRecord {
  const { checksum, ...record } = parseRecord(sealed, bytes, key);
  if (canonicalDigest(record) !== checksum)
    throw new InvalidRecord({ key, expected: `a step record with checksum ${checksum}`, got: 'another content' });
  return record;
}

/** @throws InvalidRecord */
export function encodeStepRecord(record: StepRecord): Uint8Array {
  const whole = parseRecord(open, encodeRecord(open, record), 'step record');
  return encodeRecord(sealed, { ...whole, checksum: canonicalDigest(whole) });
}
