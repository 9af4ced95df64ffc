// What took long to compute is not thrown away because the store is away at the moment it is to be written.

import type { Clock } from '../artifacts/clock.ts';
import type { StepLog } from './step-log.ts';
import type { StepContext, StepProgress } from './step.ts';

/** As Temporal tries a step again. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 5_000;

/**
 * Tries again for as long as what it throws says `retryable`, a full store among it, and nobody ends the step.
 * @throws what `write` threw last; the signal's reason
 */
export type Patiently = <Result>(write: () => Promise<Result>) => Promise<Result>;

export interface Patience {
  /** The same context, whose writes wait. */
  patient: StepContext;
  patiently: Patiently;
}

/** While it waits, the step's progress says for what. */
export function openPatience(
  context: StepContext,
  { clock, log }: { clock: Pick<Clock, 'sleep'>; log: StepLog },
): Patience {
  const { signal } = context;
  let newest: StepProgress | undefined;
  const waiting = ({ message }: Error): void => {
    log.warn({ error: message }, 'waiting for the store');
    if (newest !== undefined) context.progress({ ...newest, note: `waiting for the store: ${message}` });
  };
  const patiently: Patiently = async (write) => {
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof Error && 'retryable' in error && error.retryable === true) || signal.aborted)
          throw error;
        waiting(error);
        await clock.sleep(delayMs, signal);
      }
    }
  };
  const progress = (news: StepProgress): void => {
    newest = news;
    context.progress(news);
  };
  return { patient: { ...context, progress, write: (bytes) => patiently(() => context.write(bytes)) }, patiently };
}
