// Makes a workflow of each session that a page opened by itself. Without Temporal the session goes on; what was not
// announced waits here and is announced, or only noted with its summary, when Temporal is back.

import type { Clock } from '../artifacts/clock.ts';
import type { SessionDesk, SessionFigures } from '../inference/session-desk.ts';
import type { PredictionSessionInput } from '../workflows/contract.ts';
import type { SessionKeeper } from './session-keeper.ts';
import type { StepLog } from './step-log.ts';

const RETRY_MS = 5_000;
/** Beyond it the oldest is given up: its summary stands in the store all the same. */
const MOST_WAITING = 5_000;

export interface AnnouncerDependencies {
  desk: SessionDesk;
  keeper: SessionKeeper;
  clock: Clock;
  log: StepLog;
  /**
   * Starts the workflow of a session; one that exists already counts as started.
   * @throws when Temporal does not answer
   */
  start: (session: string, input: PredictionSessionInput) => Promise<void>;
  /** False where Temporal has no search attributes of ours. @default true */
  searchAttributes?: boolean;
}

export interface SessionAnnouncer {
  /** Tries what waits, now. */
  retry(): void;
  /** Sessions that no workflow knows of yet. */
  readonly waiting: number;
  close(): void;
}

export function createSessionAnnouncer(dependencies: AnnouncerDependencies): SessionAnnouncer {
  const { desk, keeper, clock, log, start, searchAttributes = true } = dependencies;
  const waiting = new Map<string, PredictionSessionInput>();
  const closing = new AbortController();
  let isTrying = false;

  const tryAll = async (): Promise<void> => {
    if (isTrying) return;
    isTrying = true;
    try {
      for (const [session, input] of waiting) {
        await start(session, input);
        // What came to its end meanwhile is told by the watch that the new workflow begins.
        if (waiting.get(session) === input) waiting.delete(session);
      }
    } catch (error) {
      log.warn({ sessions: waiting.size, error: messageOf(error) }, 'sessions go on without Temporal');
    } finally {
      isTrying = false;
    }
  };
  const retryForEver = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await clock.sleep(RETRY_MS, closing.signal).catch(() => undefined);
      if (waiting.size > 0 && !closing.signal.aborted) await tryAll();
    }
  };
  const noteSummary = (session: string, summary: SessionFigures): void => {
    const input = waiting.get(session);
    if (input !== undefined) waiting.set(session, { ...input, summary });
  };
  const opened = (session: string): void => {
    const source = desk.figures(session)?.source ?? 'browser';
    const { link } = desk.reserve(session, source); // it exists: this only tells its address
    keeper.keep(session);
    const place = { workerId: desk.workerId, link, ...(!searchAttributes && { searchAttributes }) };
    waiting.set(session, { source, place });
    if (waiting.size > MOST_WAITING) waiting.delete(waiting.keys().next().value!);
    void desk.ended(session).then((summary) => noteSummary(session, summary));
    void tryAll();
  };
  for (const { session } of desk.list()) opened(session); // by pages that were faster than Temporal
  const forget = desk.onOpened(opened);
  void retryForEver();

  return {
    retry: () => void tryAll(),
    get waiting() {
      return waiting.size;
    },
    close() {
      forget();
      closing.abort();
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
