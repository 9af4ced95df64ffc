// Who is at work on a step just now. It only saves work: nothing is safe because of a lease.

import { z } from 'zod';
import { schemaVersion } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const leaseRecord = z.object({
  schemaVersion,
  kind: z.literal('lease'),
  workflowId: z.string().min(1),
  attempt: z.int().positive(),
  nonce: z.string().min(1),
  /** Grows by one a renewal, so that a watcher sees the holder alive without comparing clocks. */
  revision: z.int().positive(),
  /** A holder that is done says so: the next one need not wait. */
  released: z.boolean(),
});
export type LeaseRecord = z.infer<typeof leaseRecord>;

const type: RecordType<typeof leaseRecord> = { schema: leaseRecord, expected: 'a lease' };

/** @throws InvalidRecord */
export function parseLease(bytes: Uint8Array, key = 'lease'): LeaseRecord {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeLease(lease: LeaseRecord): Uint8Array {
  return encodeRecord(type, lease);
}
