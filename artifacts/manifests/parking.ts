// A failed step that waited for a person: why, since when, and what was decided.

import { z } from 'zod';
import { isoTime, jsonObject, runIdentity, schemaVersion } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const DECISION_KINDS = ['retry', 'skip', 'abort', 'abandon', 'cancel'] as const;

const decision = z.object({
  kind: z.enum(DECISION_KINDS),
  decidedAt: isoTime,
  /** Who said so, as far as he told. */
  author: z.string().optional(),
  /** Of an abort. */
  reason: z.string().optional(),
  /** Of a retry with other values: what was asked for, and the whole run configuration from then on. */
  set: jsonObject.optional(),
  configuration: jsonObject.optional(),
});

/** runs/…/parkings/<parkingId>.json: created when the run parks, replaced once when it is decided how it goes on. */
export const parkingRecord = runIdentity.extend({
  schemaVersion,
  kind: z.literal('parking'),
  /** `<step>#<n>@<beginning of the execution's run id>`: what every decision has to name. */
  parkingId: z.string().min(1),
  step: z.string().min(1),
  parkedAt: isoTime,
  /** Without a decision until then the run is abandoned. */
  abandonedAt: isoTime,
  failure: z.object({ type: z.string(), message: z.string() }),
  /** The run configuration that failed. */
  configuration: jsonObject,
  decision: decision.optional(),
});
export type ParkingRecord = z.infer<typeof parkingRecord>;

const type: RecordType<typeof parkingRecord> = { schema: parkingRecord, expected: 'a record of a parked step' };

/** @throws InvalidRecord */
export function parseParking(bytes: Uint8Array, key = 'parking'): ParkingRecord {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeParking(record: ParkingRecord): Uint8Array {
  return encodeRecord(type, record);
}
