// Starts a session as a workflow and waits for its place.

import { randomBytes } from 'node:crypto';
import { systemClock } from '../../artifacts/clock.ts';
import {
  PREDICTION_SESSION,
  QUEUES,
  SESSION_QUERIES,
  type PredictionSessionInput,
  type SessionSource,
} from '../../workflows/contract.ts';
import { CommandFailed } from '../errors.ts';
import type { TemporalSession } from '../temporal.ts';

/** A worker that just starts needs seconds; beyond it there is none. */
const PLACE_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 100;

export interface StartedSession {
  session: string;
  /** The page's address that shows (or takes) it. */
  link: string;
}

/** @throws CommandFailed when no inference worker takes it: the session is taken back then */
export async function startSession(
  { client }: TemporalSession,
  { source, signal }: { source: SessionSource; signal: AbortSignal },
): Promise<StartedSession> {
  const session = `session-${randomBytes(6).toString('hex')}`;
  const input: PredictionSessionInput = { source };
  const handle = await client.workflow.start(PREDICTION_SESSION, {
    taskQueue: QUEUES.sessions,
    workflowId: session,
    args: [input],
    staticSummary: `reads digits from a ${source}`,
  });
  const until = systemClock.monotonic() + PLACE_LIMIT_MS;
  try {
    for (;;) {
      // A query waits for a worker that runs workflows, and that may just be starting.
      const link = await handle.query<string | undefined>(SESSION_QUERIES.link).catch(() => undefined);
      if (link !== undefined) return { session, link };
      if (systemClock.monotonic() > until)
        throw new CommandFailed(
          `no inference worker took the session within ${PLACE_LIMIT_MS / 1000} s. ` +
            'See `npx digitflow status`; start one with `npm start` or `npx digitflow serve`.',
        );
      await systemClock.sleep(LOOK_EVERY_MS, signal);
    }
  } catch (error) {
    await handle.cancel().catch(() => undefined);
    throw error;
  }
}
