// One correction by a person: the crop of one digit with its true label. Crop and facts are one object, so that neither
// can stand, or be deleted, without the other.

import { z } from 'zod';
import { sha256 } from '../canonical.ts';
import { count, isoTime, ratio, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const CORRECTION_LABELS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'] as const;
export type CorrectionLabel = (typeof CORRECTION_LABELS)[number];

/** Ms since 1970 as 12 hex digits, then 80 random bits: sorted by time, and not to be guessed. */
export const correctionId = z.string().regex(/^[0-9a-f]{12}-[0-9a-f]{20}$/, 'expected the id of a correction');

/** A gray 8-bit PNG within the record. */
const cropImage = z
  .object({
    width: z.int().min(1).max(128),
    height: z.int().min(1).max(128),
    sha256: sha256Hex,
    png: z.base64().min(1),
  })
  .refine(({ png, sha256: expected }) => sha256(Buffer.from(png, 'base64')) === expected, {
    path: ['png'],
    message: 'expected bytes with the SHA-256 beside them',
  });

export const correctionRecord = z.object({
  schemaVersion,
  kind: z.literal('correction'),
  id: correctionId,
  label: z.enum(CORRECTION_LABELS),
  /** What the model said of this frame, before smoothing. */
  prediction: z.object({
    label: z.string().min(1),
    probability: ratio,
    decision: z.enum(['digit', 'uncertain', 'none']).optional(),
  }),
  model: z.object({ name: z.string().min(1), version: z.int().positive(), digest: sha256Hex }),
  session: z.string().min(1).max(200),
  /** Of the frame within the session. */
  seq: count,
  /** Of the digit within the session. */
  digit: count,
  at: isoTime,
  /** Not listed, not ingested and soon removed from then on. */
  expiresAt: isoTime,
  crop: cropImage,
});
export type CorrectionRecord = z.infer<typeof correctionRecord>;

const type: RecordType<typeof correctionRecord> = { schema: correctionRecord, expected: 'a correction' };

/** The crop's bytes are checked against their digest. @throws InvalidRecord */
export function parseCorrection(bytes: Uint8Array, key = 'correction'): CorrectionRecord {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeCorrection(correction: CorrectionRecord): Uint8Array {
  return encodeRecord(type, correction);
}

/** What stays of a deleted correction, for ever: nothing of the picture, only that its id is barred. */
const deletedCorrection = z.object({
  schemaVersion,
  kind: z.literal('deleted-correction'),
  id: correctionId,
  deletedAt: isoTime,
});

export function encodeDeletedCorrection(deleted: z.input<typeof deletedCorrection>): Uint8Array {
  return encodeRecord({ schema: deletedCorrection, expected: 'a deleted correction' }, deleted);
}
