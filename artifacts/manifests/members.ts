// Who is on one side of a split, in the order of its inputs or masters: columns of equal length.

import { z } from 'zod';
import { count, schemaVersion } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const membersRecord = z
  .object({
    schemaVersion,
    kind: z.literal('members'),
    /** Index in the dataset. */
    samples: z.array(count),
    /** Index into the dataset's sources. */
    sources: z.array(count),
    /** Class index. */
    labels: z.array(count),
    /** Index into the dataset's groups, or 0xffffffff for none. */
    groups: z.array(count),
    /** Where each came from. */
    names: z.array(z.string()),
  })
  .refine(
    ({ samples, sources, labels, groups, names }) =>
      [sources, labels, groups, names].every((column) => column.length === samples.length),
    'expected columns of equal length',
  );
export type MembersRecord = z.infer<typeof membersRecord>;

const type: RecordType<typeof membersRecord> = { schema: membersRecord, expected: 'a members record' };

/** @throws InvalidRecord */
export function parseMembers(bytes: Uint8Array, key = 'members'): MembersRecord {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeMembers(record: MembersRecord): Uint8Array {
  return encodeRecord(type, record);
}
