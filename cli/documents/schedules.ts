// Documents of `schedule`.

import { z } from 'zod';
import { configuration, count, dateTime, difference, temporal } from './common.ts';

const schedule = z.object({
  id: z.string(),
  state: z
    .enum(['active', 'paused', 'lost', 'unrecorded', 'unknown'])
    .describe('lost: only the store has it; unrecorded: only Temporal has it; unknown: Temporal does not answer'),
  cron: z.array(z.string()).nullable(),
  everySeconds: z.int().min(1).nullable(),
  timezone: z.string().nullable(),
  note: z.string().nullable(),
  paused: z.boolean().nullable().describe('as recorded'),
  input: configuration.nullable(),
  author: z.string().nullable(),
  createdAt: dateTime.nullable(),
  next: z.array(dateTime).describe('soonest first; empty while it is paused'),
  started: z
    .array(z.object({ run: z.string(), firstExecutionRunId: z.string(), at: dateTime }))
    .describe('newest first'),
  counts: z.object({ started: count, missed: count }).nullable().describe('null in lists'),
  changed: z.boolean().nullable().describe('somebody changed it in Temporal; null in lists'),
});

export const scheduleDocuments: Record<string, z.ZodType> = {
  'schedule create': schedule,
  'schedule list': z.object({ temporal, schedules: z.array(schedule), damaged: z.array(z.string()) }),
  'schedule show': schedule.extend({ differences: z.array(difference).describe('of its input from the defaults') }),
  'schedule pause': schedule,
  'schedule resume': schedule,
  'schedule run': z.object({
    schedule: z.string(),
    run: z.string(),
    firstExecutionRunId: z.string(),
    name: z.string(),
  }),
  'schedule delete': z.object({ deleted: z.string() }),
};
