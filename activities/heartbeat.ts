// Says every half second that a step is alive and how far it is.

import { Context } from '@temporalio/activity';
import type { StepProgress } from './step.ts';

/** The SDK throttles heartbeats to the worker's maxHeartbeatThrottleInterval (1 s); twice as often loses no news. */
const EVERY_MS = 500;

/**
 * Runs `work` while heartbeating the newest progress. The heartbeat is a hint for people: no truth is kept in it.
 * @param onGap told the seconds between each heartbeat and the one before: an event loop that stands still shows here
 */
export async function withHeartbeat<T>(
  work: (progress: (news: StepProgress) => void) => Promise<T>,
  onGap?: (seconds: number) => void,
): Promise<T> {
  const context = Context.current();
  let newest: StepProgress | undefined;
  let lastMs = performance.now();
  const beat = (): void => {
    context.heartbeat(newest);
    const now = performance.now();
    onGap?.((now - lastMs) / 1_000);
    lastMs = now;
  };
  const timer = setInterval(beat, EVERY_MS);
  context.heartbeat();
  try {
    return await work((news) => (newest = news));
  } finally {
    clearInterval(timer);
  }
}
