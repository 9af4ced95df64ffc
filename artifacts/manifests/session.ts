// What stays of a session: figures only, never a pixel.

import { z } from 'zod';
import { count, isoTime, schemaVersion } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

const milliseconds = z.number().nonnegative();

/** sessions/<id>.json, written when the session has ended. `lost`: its worker died, the figures are the last known. */
export const sessionRecord = z.object({
  schemaVersion,
  kind: z.literal('session'),
  session: z.string().min(1),
  /** The inference worker that served it. */
  worker: z.string(),
  state: z.enum(['ended', 'lost']),
  source: z.enum(['browser', 'camera', 'file', 'rtsp']),
  startedAt: isoTime,
  endedAt: isoTime,
  /** Why it ended. */
  reason: z.string(),
  frames: z.object({ received: count, answered: count, dropped: count }),
  /** Frames by decision. */
  decisions: z.object({ digit: count, uncertain: count, none: count }),
  /** Digits by label, each digit counted once a label. */
  labels: z.record(z.string(), count),
  /** From receiving a frame to sending its answer. */
  latencyMs: z.object({ p50: milliseconds, p95: milliseconds, p99: milliseconds, max: milliseconds }),
  /** Versions that answered, in order. */
  modelVersions: z.array(z.int().positive()),
  corrections: count,
});
export type SessionRecord = z.infer<typeof sessionRecord>;

const sessionType: RecordType<typeof sessionRecord> = { schema: sessionRecord, expected: 'the summary of a session' };

/** @throws InvalidRecord */
export function parseSession(bytes: Uint8Array, key = 'session'): SessionRecord {
  return parseRecord(sessionType, bytes, key);
}

/** @throws InvalidRecord */
export function encodeSession(record: SessionRecord): Uint8Array {
  return encodeRecord(sessionType, record);
}
