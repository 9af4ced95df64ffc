// What time it is at the store, learned from the date of its answers. Whatever is decided by an object's age is decided by
// the one clock that dated it, never by this machine's.

import type { Clock } from './clock.ts';

/** Two machines' clocks drift apart by far less than a second in that time. */
const KNOWN_FOR_MS = 10 * 60_000;

export interface StoreTime {
  /** @param date the header `Date` of an answer that has just arrived */
  note(date: string | undefined): void;
  /** Ms since 1970; undefined when no answer came lately. Headers have whole seconds: up to one behind. */
  now(): number | undefined;
}

export function createStoreTime(clock: Pick<Clock, 'monotonic'>): StoreTime {
  let known: { storeMs: number; atMs: number } | undefined;
  return {
    note(date) {
      const storeMs = Date.parse(date ?? '');
      if (!Number.isNaN(storeMs)) known = { storeMs, atMs: clock.monotonic() };
    },
    now() {
      if (known === undefined) return undefined;
      const sinceMs = clock.monotonic() - known.atMs;
      return sinceMs > KNOWN_FOR_MS ? undefined : known.storeMs + sinceMs;
    },
  };
}
