// A clock that stands still until a test moves it, and passes sleeps at once.

import type { Clock } from '../../artifacts/clock.ts';

export interface MovableClock extends Clock {
  advance(durationMs: number): void;
}

export function movableClock(startMs = 1_800_000_000_000): MovableClock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    monotonic: () => nowMs - startMs,
    async sleep(durationMs, signal) {
      signal?.throwIfAborted();
      nowMs += durationMs;
    },
    advance: (durationMs) => void (nowMs += durationMs),
  };
}
