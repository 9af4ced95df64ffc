// A garbage collection under way, and what it is about to delete. Its record is its only voice: who writes beside it reads it.

import { z } from 'zod';
import { isoTime, schemaVersion } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const collectionRecord = z.object({
  schemaVersion,
  kind: z.literal('collection'),
  id: z.string().min(1),
  graceMs: z.int().nonnegative(),
  /** By the store's time. */
  startedAt: isoTime,
  /** Grows by one a write: the record's own age says when the collector was last alive. */
  revision: z.int().positive(),
  /** Keys that may be deleted at any moment. Empty while it still looks what is reachable. */
  batch: z.array(z.string()),
});
export type CollectionRecord = z.infer<typeof collectionRecord>;

const type: RecordType<typeof collectionRecord> = { schema: collectionRecord, expected: 'a garbage collection' };

/** @throws InvalidRecord */
export function parseCollection(bytes: Uint8Array, key = 'collection'): CollectionRecord {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeCollection(record: CollectionRecord): Uint8Array {
  return encodeRecord(type, record);
}
