// What a worker's health was a moment ago. It is asked for in the background, so that whoever asks the worker never waits for
// what it depends on: a store that is silent takes seconds to be found so, and a probe waits for one.

import type { Health } from './health.ts';

const EVERY_MS = 5_000;

export interface HealthWatch {
  /** At most `everyMs` old, and the time that the asking takes; undefined until it has been asked for once. */
  last(): Health | undefined;
  stop(): void;
}

/**
 * Asks at once, then again and again. The timer keeps no process alive.
 * @param health never throws
 * @param everyMs @default 5_000
 */
export function watchHealth(health: () => Promise<Health>, everyMs = EVERY_MS): HealthWatch {
  let last: Health | undefined;
  const ask = (): void => void health().then((told) => (last = told));
  ask();
  const timer = setInterval(ask, everyMs).unref();
  return { last: () => last, stop: () => clearInterval(timer) };
}
