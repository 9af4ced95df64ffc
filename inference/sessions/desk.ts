// All sessions of a worker: opened by pages, reserved for links, found by name, watched, ended. Memory is bounded: open
// ones by the cap on sockets, waiting ones by their time, ended ones by a number.

import { SESSION_LIMITS } from '../limits.ts';
import type { SessionDesk, SessionFigures, SessionSource } from '../session-desk.ts';
import type { ServedModel } from '../serving.ts';
import { createSession, type Session, type SessionDependencies } from './session.ts';
import type { SessionLink } from './session-link.ts';
import { isSessionId, newSessionId } from './session-id.ts';

/** Reserved places that no page has taken yet. */
const MOST_WAITING = 1_000;
/** Names come from workflow ids: anything that a log line and a key can hold. */
const MOST_NAME_LENGTH = 200;

/** Thrown when nobody knows the session: it never was, or ended too long ago. */
export class UnknownSession extends Error {
  override readonly name = 'UnknownSession';
  readonly retryable = false;
  constructor(session: string) {
    super(`session: expected one of this worker's, got ${JSON.stringify(session.slice(0, MOST_NAME_LENGTH))}`);
  }
}

/** Thrown when a place is asked for under a name that can't be one, or when too many places wait already. */
export class SessionRefused extends Error {
  override readonly name = 'SessionRefused';
  readonly retryable = false;
  constructor(expected: string, got: string) {
    super(`session: expected ${expected}, got ${got}`);
  }
}

/** What the server has to do with the sessions besides what others may. */
export interface OwnDesk extends SessionDesk {
  /**
   * The session that the id names, where it waits for a page or had one; a new one otherwise.
   * @param id as it came from a client; anything else than an id opens a new session
   */
  open(id: string | undefined, link: SessionLink): Session;
  sessions(): Iterable<Session>;
  modelChanged(model: ServedModel): void;
  /** The link is gone. @param stays the client may come back (its connection broke, or a link names the session) */
  closed(session: Session, link: SessionLink, stays: boolean): void;
  /** Ends every session. */
  stop(reason: string, close: { code: number; reason: string }): void;
  /** Ends what waited or idled too long, forgets old crops. Called about every second. */
  tidy(): void;
}

export interface DeskOptions extends SessionDependencies {
  workerId: string;
  /** The page's address, without a slash at the end. */
  pageUrl: () => string;
  /** Told of the summary of each session. */
  ended: (figures: SessionFigures) => void;
}

export function createDesk({ workerId, pageUrl, ended: tellEnd, ...dependencies }: DeskOptions): OwnDesk {
  const { clock, manager, log } = dependencies;
  const byName = new Map<string, Session>();
  const byId = new Map<string, Session>();
  const reserved = new WeakSet<Session>();
  const ended = new Map<string, SessionFigures>(); // the oldest first
  const waiters = new Map<string, ((figures: SessionFigures) => void)[]>();
  const listeners = new Set<(session: string) => void>();

  const add = (name: string, id: string, source: SessionSource): Session => {
    const session = createSession({ name, id, source }, dependencies);
    byName.set(name, session);
    byId.set(id, session);
    return session;
  };
  const end = (session: Session, reason: string, close?: { code: number; reason: string }): SessionFigures => {
    session.end(reason, close);
    byName.delete(session.name);
    byId.delete(session.id);
    const figures = session.figures();
    ended.set(session.name, figures);
    if (ended.size > SESSION_LIMITS.endedKept) ended.delete(ended.keys().next().value!);
    waiters.get(session.name)?.forEach((resolve) => resolve(figures));
    waiters.delete(session.name);
    tellEnd(figures);
    return figures;
  };
  const figuresOf = (name: string): SessionFigures | undefined => byName.get(name)?.figures() ?? ended.get(name);
  const modelNow = manager.current();
  if (modelNow !== undefined) dependencies.metrics.modelInfo(modelNow);

  return {
    workerId,
    list: () => [...byName.values()].map((session) => session.figures()),
    figures: figuresOf,
    reserve(name, source) {
      if (name.length < 1 || name.length > MOST_NAME_LENGTH)
        throw new SessionRefused(`a name of 1 … ${MOST_NAME_LENGTH} characters`, `${name.length}`);
      let session = byName.get(name);
      if (session === undefined) {
        if (byName.size >= MOST_WAITING) throw new SessionRefused(`fewer than ${MOST_WAITING} sessions`, 'as many');
        ended.delete(name); // a workflow that starts anew under its old name
        session = add(name, newSessionId(), source);
        reserved.add(session);
      }
      return { link: `${pageUrl()}/?session=${session.id}` };
    },
    pause(name) {
      byName.get(name)?.pause();
      return figuresOf(name);
    },
    resume(name) {
      byName.get(name)?.resume();
      return figuresOf(name);
    },
    end(name, reason) {
      const session = byName.get(name);
      return session === undefined ? ended.get(name) : end(session, reason);
    },
    onOpened(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ended(name) {
      const before = ended.get(name);
      if (before !== undefined) return Promise.resolve(before);
      if (!byName.has(name)) return Promise.reject(new UnknownSession(name));
      return new Promise((resolve) => waiters.set(name, [...(waiters.get(name) ?? []), resolve]));
    },

    open(id, link) {
      const known = id !== undefined && isSessionId(id) ? byId.get(id) : undefined;
      if (known !== undefined) {
        known.attach(link);
        return known;
      }
      const fresh = newSessionId();
      const session = add(fresh, fresh, 'browser');
      session.attach(link);
      for (const listener of listeners) listener(session.name);
      return session;
    },
    sessions: () => byName.values(),
    modelChanged(model) {
      dependencies.metrics.modelInfo(model);
      for (const session of byName.values()) session.modelChanged(model);
    },
    closed(session, link, stays) {
      if (session.link !== link) return; // another link has the session, or it has ended
      session.detach(link);
      if (!stays && !reserved.has(session)) end(session, 'bye');
    },
    stop(reason, close) {
      for (const session of byName.values()) end(session, reason, close);
    },
    tidy() {
      const now = clock.monotonic();
      for (const session of byName.values()) {
        session.tidy();
        const unseenMs = now - session.lastSeenMs;
        if (session.link !== undefined) {
          if (unseenMs > SESSION_LIMITS.idleMs) end(session, 'idle');
        } else if (unseenMs > (reserved.has(session) ? SESSION_LIMITS.waitingMs : SESSION_LIMITS.returnMs)) {
          end(session, reserved.has(session) ? 'idle' : 'connection lost');
          log.info({ session: session.name }, 'a session ended without its page');
        }
      }
    },
  };
}
