// A schedule as a person made it: when, and what is started. Temporal keeps time by its own copy; this one outlives its database.

import { z } from 'zod';
import { isoTime, jsonObject, schemaVersion } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const scheduleId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'expected 1–60 lower-case letters, digits and dashes, a letter or digit first');

export const scheduleRecord = z
  .object({
    schemaVersion,
    kind: z.literal('schedule'),
    /** Grows by one a write. */
    revision: z.int().positive(),
    id: scheduleId,
    /** Five fields each, read in `timezone`. */
    cron: z.array(z.string().min(1)),
    everySeconds: z.int().positive().optional(),
    /** IANA name. */
    timezone: z.string().min(1),
    note: z.string().optional(),
    paused: z.boolean(),
    /** What each run is started with. */
    input: jsonObject,
    author: z.string().min(1),
    createdAt: isoTime,
    changedAt: isoTime,
  })
  .refine(({ cron, everySeconds }) => cron.length > 0 || everySeconds !== undefined, {
    path: ['cron'],
    message: 'expected a cron expression or everySeconds',
  });
export type ScheduleRecord = z.infer<typeof scheduleRecord>;

const type: RecordType<typeof scheduleRecord> = {
  schema: scheduleRecord,
  expected: 'the record of a schedule',
  isSealed: true,
};

/** @throws InvalidRecord */
export function parseSchedule(bytes: Uint8Array, key = 'schedule'): ScheduleRecord {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeSchedule(record: ScheduleRecord): Uint8Array {
  return encodeRecord(type, record);
}
