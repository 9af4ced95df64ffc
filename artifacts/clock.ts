// Time as a dependency, so that a simulation can hand in its own.

import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Wall time in ms since 1970: for records that people read. Nothing is decided by comparing it between machines. */
  now(): number;
  /** Ms since an arbitrary start, never going back: for every measured duration. */
  monotonic(): number;
  /** @throws the signal's reason when it is aborted first */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(durationMs, signal) {
    try {
      await delay(durationMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted(); // the abort's own reason, not the AbortError that hides it
      throw error;
    }
  },
};

/** Wall time in ISO 8601, UTC. */
export function isoNow(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
