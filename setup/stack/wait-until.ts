// Waiting for a condition by asking. Nothing in the stack waits for a time to pass and hopes.

import { setTimeout as delay } from 'node:timers/promises';
import { NotReady } from './errors.ts';

export interface WaitOptions {
  /** What is waited for, to be read after "expected". */
  what: string;
  timeoutMs: number;
  /** Between two askings. @default 50 */
  intervalMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Asks until there is an answer other than undefined or false. An error thrown by `ask` counts as "not yet".
 * @throws NotReady with the last error as its cause; the signal's reason once it is aborted
 */
export async function waitUntil<Answer>(
  ask: () => Promise<Answer | undefined | false> | Answer | undefined | false,
  { what, timeoutMs, intervalMs = 50, signal }: WaitOptions,
): Promise<Answer> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) throw new NotReady(what, timeoutMs, { cause: lastError });
    await delay(intervalMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** The work's result, or the signal's reason as soon as it is aborted; the work itself then goes on unwatched. */
export async function abortable<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let forget = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const listener = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', listener, { once: true });
    forget = () => signal.removeEventListener('abort', listener);
  });
  return Promise.race([work, aborted]).finally(() => forget());
}
