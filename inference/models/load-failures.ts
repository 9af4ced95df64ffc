// Versions that could not be loaded: why, and when the next attempt is due. Attempts never end; their distance grows.

import type { LoadFailureReason } from './errors.ts';

/** After the first failure; doubles up to the last. A store that was slow for a moment costs little, a bad model less. */
const FIRST_DELAY_MS = 2_000;
const MAX_DELAY_MS = 60_000;
/** Failures shown of versions that are no longer wanted. */
const MOST_SHOWN = 8;

export interface LoadFailure {
  version: number;
  reason: LoadFailureReason;
  /** For people. */
  detail: string;
  attempts: number;
  /** By the clock that was handed in. */
  nextAttemptMs: number;
}

export interface LoadFailures {
  all(): LoadFailure[];
  of(version: number): LoadFailure | undefined;
  add(version: number, reason: LoadFailureReason, detail: string): LoadFailure;
  remove(version: number): void;
}

/**
 * @param now milliseconds that never go back
 * @param random 0 ≤ x < 1: many workers must not ask the store in one moment
 */
export function createLoadFailures({ now, random }: { now: () => number; random: () => number }): LoadFailures {
  const failures = new Map<number, LoadFailure>();
  return {
    all: () => [...failures.values()],
    of: (version) => failures.get(version),
    add(version, reason, detail) {
      const attempts = (failures.get(version)?.attempts ?? 0) + 1;
      const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1)) * (0.8 + 0.4 * random());
      const failure = { version, reason, detail, attempts, nextAttemptMs: now() + delayMs };
      failures.delete(version); // the newest stands last
      failures.set(version, failure);
      for (const old of [...failures.keys()].slice(0, -MOST_SHOWN)) failures.delete(old);
      return failure;
    },
    remove: (version) => void failures.delete(version),
  };
}
