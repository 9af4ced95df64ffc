// When a crashed part is started again, and when it is given up. Pure: times come in, a decision goes out.

export interface RestartPolicy {
  /** So many crashes within the window end a part. */
  maxCrashes: number;
  windowMs: number;
  /** Wait before the first restart; doubles with each crash in the window. */
  firstDelayMs: number;
  maxDelayMs: number;
  /** A part that was never ready is most likely wrong, not unlucky: fewer tries, so that a person soon reads why. */
  maxFailedStarts: number;
}

export const DEFAULT_RESTART_POLICY: RestartPolicy = {
  maxCrashes: 5,
  windowMs: 60_000,
  firstDelayMs: 250, // five crashes come within a minute even of a part that needs ten seconds to be ready
  maxDelayMs: 5_000,
  maxFailedStarts: 3, // two more ports when the first is lost to another program between choosing and binding
};

export type RestartDecision = { decision: 'restart'; delayMs: number } | { decision: 'giveUp' };

/** @param crashTimesMs when the part crashed, the last one now, on a monotonic clock in milliseconds */
export function decideRestart(
  crashTimesMs: readonly number[],
  wasEverReady: boolean,
  policy: RestartPolicy,
): RestartDecision {
  const nowMs = crashTimesMs.at(-1) ?? 0;
  const recent = crashTimesMs.filter((timeMs) => nowMs - timeMs < policy.windowMs).length;
  // Failed starts count without the window: each may take a whole readiness timeout, and would never be enough of them.
  const isEnough = wasEverReady ? recent >= policy.maxCrashes : crashTimesMs.length >= policy.maxFailedStarts;
  if (isEnough) return { decision: 'giveUp' };
  return { decision: 'restart', delayMs: Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (recent - 1)) };
}
