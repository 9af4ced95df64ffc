// Documents of verbs about sessions and what people corrected in them.

import { z } from 'zod';
import { sessionRecord } from '../../artifacts/manifests/session.ts';
import { dateTime, temporal } from './common.ts';

/** Live, or as summary. */
const figures = sessionRecord.omit({ schemaVersion: true, kind: true, worker: true }).extend({
  state: z.enum(['waiting', 'open', 'paused', 'ended', 'lost']),
  endedAt: dateTime.optional(),
  reason: z.string().optional().describe('why it ended'),
});

/** What every verb that shows one session prints. */
const session = figures.extend({
  link: z
    .url()
    .nullable()
    .describe(
      "the page's address that shows it, or takes it; null where it has ended, or is served by no worker of this stack",
    ),
});

const correction = z.looseObject({ id: z.string(), label: z.string(), at: dateTime, expiresAt: dateTime });

export const sessionDocuments: Record<string, z.ZodType> = {
  sessions: z.object({ sessions: z.array(figures), temporal }),
  'session show': session,
  'session pause': session,
  'session resume': session,
  'session end': session,
  'session start': session,
  watch: session,
  serve: z.object({
    url: z.url(),
    pid: z.int().min(1),
    token: z.string().optional().describe('of a token that was made now: shown this once'),
    fingerprint: z.string().optional().describe('SHA-256 of the certificate of --tls'),
  }),
  'feedback list': z.object({
    corrections: z.array(correction),
    next: z.string().nullable(),
    total: z.int(),
    damaged: z.array(z.string()),
  }),
  'feedback clear': z.object({ deleted: z.int() }),
  'feedback delete': z.object({ deleted: z.array(z.string()) }),
  'feedback export': z.object({
    folder: z.string(),
    corrections: z.int(),
    labels: z.record(z.string(), z.int()),
  }),
};
