// Sees to it that the summary of each session of this worker gets into the store, whether or not Temporal is there.

import type { Clock } from '../artifacts/clock.ts';
import { recordSession } from '../artifacts/sessions.ts';
import type { Store } from '../artifacts/store.ts';
import type { SessionDesk, SessionFigures } from '../inference/session-desk.ts';
import { sessionRecordOf } from './session-record.ts';
import type { StepLog } from './step-log.ts';

/** Between attempts to write while the store is away. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** Summaries that wait for the store. Beyond it the oldest is given up: ten thousand take about ten megabytes. */
const MOST_WAITING = 10_000;

export interface SessionKeeper {
  /** Stores the session's summary once it has ended. Safe to repeat. */
  keep(session: string): void;
  /** Resolves when the summary of an ended session was stored. Rejects never: it is tried until it works or is given up. */
  kept(session: string): Promise<void>;
  /**
   * Waits for writes under way and tries what waits for the store once more, at most this long; then nothing is kept any
   * more. All sessions have ended by then.
   */
  close(limitMs: number): Promise<void>;
}

export interface KeeperDependencies {
  desk: SessionDesk;
  store: Store;
  clock: Clock;
  log: StepLog;
}

export function createSessionKeeper({ desk, store, clock, log }: KeeperDependencies): SessionKeeper {
  const writing = new Map<string, Promise<void>>();
  const waiting = new Set<string>();
  const closing = new AbortController(); // wakes the writers for a last attempt

  const write = async (session: string): Promise<void> => {
    const summary = await desk.ended(session);
    waiting.add(session);
    if (waiting.size > MOST_WAITING) waiting.delete(waiting.values().next().value!);
    for (let delayMs = FIRST_DELAY_MS; waiting.has(session); delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      const isLast = closing.signal.aborted;
      if ((await written(summary)) || isLast) break;
      await clock.sleep(delayMs, closing.signal).catch(() => undefined);
    }
    waiting.delete(session);
    writing.delete(session);
  };
  const written = async (summary: SessionFigures): Promise<boolean> => {
    try {
      await recordSession(store, sessionRecordOf(desk.workerId, summary, clock));
      return true;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ session: summary.session, error: message }, 'the summary of a session waits for the store');
      return false;
    }
  };
  const keep = (session: string): Promise<void> => {
    const underway = writing.get(session) ?? write(session);
    writing.set(session, underway);
    return underway;
  };

  return {
    keep: (session) => void keep(session),
    kept: keep,
    async close(limitMs) {
      closing.abort();
      const limit = new AbortController();
      await Promise.race([
        Promise.all(writing.values()), // those that have only just heard of their end are not among the waiting yet
        clock.sleep(limitMs, limit.signal).catch(() => undefined),
      ]);
      limit.abort();
      waiting.clear();
    },
  };
}
