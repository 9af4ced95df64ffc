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

/** Of a source that was read here. What the store keeps of it, where it is the stack's own worker that read it. */
const fed = figures.extend(sessionRecord.pick({ schemaVersion: true, kind: true, worker: true }).partial().shape);

const link = z.url().describe("the page's address that shows it, or takes it");

const correction = z.looseObject({ id: z.string(), label: z.string(), at: dateTime, expiresAt: dateTime });

export const sessionDocuments: Record<string, z.ZodType> = {
  sessions: z.object({ sessions: z.array(figures), temporal }),
  'session show': figures.extend({ link: link.nullable() }),
  'session pause': figures,
  'session resume': figures,
  'session end': figures,
  'session start': z.union([
    z.object({ session: z.string(), link }).describe('for a browser'),
    fed.describe('read here to its end'),
  ]),
  watch: fed,
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
