// Who reads the next frame. Pure, so that every case can be told from a table.

export type Choice = 'server' | 'browser';
export type Reader = Choice | 'nobody';

export interface Circumstances {
  /** What the person chose. */
  choice: Choice;
  isConnected: boolean;
  /** Somebody ended the session: nothing is read until a person starts another. */
  isEnded: boolean;
  /** For how long the worker has owed an answer. */
  waitingMs: number;
  /** The model in this page is fetched and checked. */
  isLocalReady: boolean;
}

/** A worker that answers in 5 ms and is silent for this long is away, even if its connection has not noticed. */
export const SILENT_MS = 700;

/** The worker is always the first choice unless the person chose otherwise; the page steps in where it can. */
export function whoReads({ choice, isConnected, isEnded, waitingMs, isLocalReady }: Circumstances): Reader {
  if (choice === 'browser') return isLocalReady ? 'browser' : isConnected ? 'server' : 'nobody';
  if (isEnded) return 'nobody';
  if (isConnected && (waitingMs < SILENT_MS || !isLocalReady)) return 'server';
  return isLocalReady ? 'browser' : 'nobody';
}
