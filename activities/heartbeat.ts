// Says every half second that a step is alive and how far it is.

import { Context } from '@temporalio/activity';
import type { StepProgress } from './step.ts';

/** The SDK throttles heartbeats to the worker's maxHeartbeatThrottleInterval (1 s); twice as often loses no news. */
const EVERY_MS = 500;

/** Runs `work` while heartbeating the newest progress. The heartbeat is a hint for people: no truth is kept in it. */
export async function withHeartbeat<T>(work: (progress: (news: StepProgress) => void) => Promise<T>): Promise<T> {
  const context = Context.current();
  let newest: StepProgress | undefined;
  const timer = setInterval(() => context.heartbeat(newest), EVERY_MS);
  context.heartbeat();
  try {
    return await work((news) => (newest = news));
  } finally {
    clearInterval(timer);
  }
}
