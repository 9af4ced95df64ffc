// A session desk for tests of what watches it: no socket, no frame; the test plays the page.

import type { SessionDesk, SessionFigures, SessionSource } from '../../inference/session-desk.ts';

export interface FakeDesk extends SessionDesk {
  /** A page opens a session by itself. */
  open(session: string): void;
  /** A page takes a reserved session, or frames come in. */
  change(session: string, news: Partial<SessionFigures>): void;
  reserved: string[];
}

export function someFigures(session: string, changes: Partial<SessionFigures> = {}): SessionFigures {
  return {
    session,
    state: 'open',
    source: 'browser',
    startedAt: '2026-11-22T10:00:00.000Z',
    frames: { received: 3, answered: 2, dropped: 1 },
    decisions: { digit: 2, uncertain: 0, none: 0 },
    labels: { '7': 1 },
    latencyMs: { p50: 4, p95: 9, p99: 9.5, max: 12 },
    modelVersions: [1],
    corrections: 0,
    ...changes,
  };
}

export function fakeDesk(workerId: string): FakeDesk {
  const sessions = new Map<string, SessionFigures>();
  const waiters = new Map<string, PromiseWithResolvers<SessionFigures>>();
  const listeners = new Set<(session: string) => void>();
  const waiter = (session: string): PromiseWithResolvers<SessionFigures> => {
    const known = waiters.get(session) ?? withResolvers<SessionFigures>();
    waiters.set(session, known);
    return known;
  };
  const change = (session: string, news: Partial<SessionFigures>): SessionFigures | undefined => {
    const known = sessions.get(session);
    if (known === undefined || known.state === 'ended') return known;
    const next = { ...known, ...news };
    sessions.set(session, next);
    if (next.state === 'ended') waiter(session).resolve(next);
    return next;
  };
  return {
    workerId,
    reserved: [],
    list: () => [...sessions.values()],
    figures: (session) => sessions.get(session),
    reserve(session: string, source: SessionSource) {
      this.reserved.push(session);
      if (!sessions.has(session))
        sessions.set(session, someFigures(session, { state: 'waiting', source, startedAt: new Date().toISOString() }));
      return { link: `http://127.0.0.1:8080/?session=${encodeURIComponent(session)}` };
    },
    open(session) {
      sessions.set(session, someFigures(session));
      listeners.forEach((listener) => listener(session));
    },
    change,
    pause: (session) => change(session, { state: 'paused' }),
    resume: (session) => change(session, { state: 'open' }),
    end: (session, reason) => change(session, { state: 'ended', reason, endedAt: new Date().toISOString() }),
    onOpened(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ended: (session) => waiter(session).promise,
  };
}

interface PromiseWithResolvers<Value> {
  promise: Promise<Value>;
  resolve(value: Value): void;
}

function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((done) => (resolve = done));
  return { promise, resolve };
}
