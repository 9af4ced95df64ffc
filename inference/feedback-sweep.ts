// Removes expired corrections, and what late writes brought back of deleted ones: at a worker's start and once a day.

import { sweepCorrections, type Feedback } from '../artifacts/feedback.ts';

const DAY_MS = 86_400_000;
/** A store that is down for a moment must not cost a day. */
const RETRY_MS = 600_000;

export interface FeedbackSweepOptions extends Feedback {
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** Begins at once, in the background. @returns a function that stops it and resolves when nothing runs any more */
export function startFeedbackSweep({ store, clock, log }: FeedbackSweepOptions): () => Promise<void> {
  const stop = new AbortController();
  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      let pauseMs = DAY_MS;
      try {
        const swept = await sweepCorrections({ store, clock });
        if (swept.expired + swept.leftovers > 0) log.info(swept, 'corrections removed');
      } catch (error) {
        pauseMs = RETRY_MS;
        log.warn({ error: error instanceof Error ? error.message : String(error) }, 'corrections not swept');
      }
      await clock.sleep(pauseMs, stop.signal).catch(() => undefined);
    }
  }
  const running = run();
  return async () => {
    stop.abort();
    await running;
  };
}
