// Activities of sessions: each talks to the desk of the inference worker that runs it. Frames never pass here.

import type { Clock } from '../artifacts/clock.ts';
import { recordSession } from '../artifacts/sessions.ts';
import type { Store } from '../artifacts/store.ts';
import type { SessionDesk, SessionFigures, SessionSource } from '../inference/session-desk.ts';
import type { SessionPlace } from '../workflows/contract.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { sessionRecordOf } from './session-record.ts';
import { watchSession, type WatchedSession } from './watch-session.ts';

/** Thrown when a worker is asked for a session that it does not have (any more). */
export class SessionUnknown extends Error {
  override readonly name = 'SessionUnknown';
  readonly code = 'SessionUnknown';
  readonly retryable = false;
  constructor(session: string, workerId: string) {
    super(`session ${session}: expected worker ${workerId} to have it, got no such session`);
  }
}

/** A place that no workflow watches within this time was given by an attempt whose answer was lost. */
const UNWATCHED_LIMIT_MS = 60_000;

export interface SessionDependencies {
  desk: SessionDesk;
  store: Store;
  clock: Clock;
  keeper: SessionKeeper;
  /** False where Temporal has no search attributes of ours. @default true */
  searchAttributes?: boolean;
}

export type SessionActivities = ReturnType<typeof createSessionActivities>;

/** Every activity of a session, over the desk of one inference worker. */
export function createSessionActivities(dependencies: SessionDependencies) {
  const { desk, store, clock, keeper, searchAttributes = true } = dependencies;
  const watched = new Set<string>();

  const found = (session: string, figures: SessionFigures | undefined): SessionFigures => {
    if (figures === undefined) throw new SessionUnknown(session, desk.workerId);
    return figures;
  };
  const endUnlessWatched = async (session: string): Promise<void> => {
    await clock.sleep(UNWATCHED_LIMIT_MS);
    if (!watched.has(session)) desk.end(session, 'its workflow went to another worker');
  };

  return {
    /**
     * Makes a place for a session on this worker.
     * Safe to retry: the desk makes one place a session; one that another worker made is given back unwatched.
     */
    async openSession({ session, source }: { session: string; source: SessionSource }): Promise<SessionPlace> {
      const { link } = desk.reserve(session, source);
      keeper.keep(session);
      void endUnlessWatched(session);
      return { workerId: desk.workerId, link, ...(!searchAttributes && { searchAttributes }) };
    },

    /** Watches a session to its end. Safe to retry: watching changes nothing, and the summary is stored once. */
    async watchSession({ session }: { session: string }): Promise<WatchedSession> {
      found(session, desk.figures(session));
      watched.add(session);
      try {
        return await watchSession(dependencies, session);
      } finally {
        watched.delete(session);
      }
    },

    /** Safe to retry: a paused session stays paused. @throws SessionUnknown */
    async pauseSession({ session }: { session: string }): Promise<SessionFigures> {
      return found(session, desk.pause(session));
    },

    /** Safe to retry: an open session stays open. @throws SessionUnknown */
    async resumeSession({ session }: { session: string }): Promise<SessionFigures> {
      return found(session, desk.resume(session));
    },

    /** Safe to retry: a session ends once. @throws SessionUnknown */
    async endSession({ session }: { session: string }): Promise<SessionFigures> {
      return found(session, desk.end(session, 'ended through Temporal'));
    },

    /** Stores a summary, also that of another worker's session. Safe to retry and to race: see `recordSession`. */
    async keepSession({ worker, summary }: { worker: string; summary: SessionFigures }): Promise<void> {
      await recordSession(store, sessionRecordOf(worker, summary, clock));
    },
  };
}
