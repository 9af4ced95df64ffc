// When to knock again. Each wait is longer than the one before, and none is quite like another page's, so that a worker
// that comes back is not met by all of them at once.

const FIRST_MS = 250;
const GROWTH = 1.7;
const LONGEST_MS = 8_000;
/** A worker that is full says so on purpose; soon again would only be refused again. */
const FULL_MS = 3_000;

export interface ReconnectOptions {
  /** How often it failed in a row, from 0. */
  attempt: number;
  /** Said by the worker as it went. */
  retryAfterMs?: number | undefined;
  /** It closed with 1013. */
  isFull?: boolean;
  /** 0 ≤ random < 1. */
  random: number;
}

/** Milliseconds until the next attempt: half of them certain, half by chance. */
export function reconnectDelayMs({ attempt, retryAfterMs = 0, isFull = false, random }: ReconnectOptions): number {
  const grown = Math.min(FIRST_MS * GROWTH ** attempt, LONGEST_MS);
  const longest = Math.max(grown, retryAfterMs, isFull ? FULL_MS : 0);
  return Math.round(longest * (0.5 + random / 2));
}
