// How far and how fast a step is, from the heartbeats of one or several activities. It does not know how that is shown.

import type { StepProgress } from '../../workflows/contract.ts';
import type { RunningActivity } from './snapshot.ts';

/** Rates are means over this long: shorter ones jump, longer ones lag behind a change. */
const WINDOW_MS = 15_000;
/** Two looks nearer than this give no rate: heartbeats come about once a second. */
const SHORTEST_MS = 900;

export interface Gauge {
  done: number;
  total: number;
  unit: string;
  note?: string;
  figures: Record<string, number>;
  /** Units a second; undefined until two heartbeats were seen. */
  rate?: number;
  etaSeconds?: number;
}

export interface Meter {
  /** @param at ms on a monotonic clock @returns undefined before the first heartbeat */
  read(activities: readonly RunningActivity[], at: number): Gauge | undefined;
}

/** A meter of one step. */
export function createMeter(): Meter {
  const known = new Map<string, RunningActivity & { progress: StepProgress }>();
  let type: string | undefined;
  let unit: string | undefined;
  let window: { at: number; done: number }[] = [];

  return {
    read(activities, at) {
      const newest = activities.at(-1)?.type;
      if (newest !== undefined && newest !== type) {
        // The next kind of activity of this step counts something else: start anew.
        type = newest;
        known.clear();
        window = [];
      }
      const own = activities.filter((activity) => activity.type === type);
      for (const activity of own)
        if (activity.progress !== undefined) known.set(activity.id, { ...activity, progress: activity.progress });
      const sum = total(known, own);
      if (sum === undefined) return undefined;
      // A new attempt begins from an earlier place; a step may go on to count something else.
      if (sum.unit !== unit || (window.length > 0 && sum.done < window.at(-1)!.done)) window = [];
      unit = sum.unit;
      if (window.at(-1)?.done !== sum.done || window.length === 1) window.push({ at, done: sum.done });
      while (window.length > 2 && window[0]!.at < at - WINDOW_MS) window.shift();
      const rate = rateOf(window);
      const etaSeconds =
        sum.figures['remainingSeconds'] ?? (rate !== undefined && rate > 0 ? (sum.total - sum.done) / rate : undefined);
      return { ...sum, ...(rate !== undefined && { rate }), ...(etaSeconds !== undefined && { etaSeconds }) };
    },
  };
}

/** Activities side by side count together. One that is gone is done; one that has not spoken yet is as large as the others. */
function total(
  known: ReadonlyMap<string, RunningActivity & { progress: StepProgress }>,
  pending: readonly RunningActivity[],
): Omit<Gauge, 'rate' | 'etaSeconds'> | undefined {
  const seen = [...known.values()];
  const first = seen.at(-1)?.progress;
  if (first === undefined) return undefined;
  const stillThere = new Set(pending.map(({ id }) => id));
  const silent = pending.filter(({ id }) => !known.has(id)).length;
  const sumOfTotals = seen.reduce((sum, { progress }) => sum + progress.total, 0);
  const done = seen.reduce(
    (sum, { id, progress }) => sum + (stillThere.has(id) || pending.length === 0 ? progress.done : progress.total),
    0,
  );
  return {
    done,
    total: sumOfTotals + Math.round((silent * sumOfTotals) / seen.length),
    unit: first.unit,
    ...(first.note !== undefined && { note: first.note }),
    figures: first.figures ?? {},
  };
}

function rateOf(window: readonly { at: number; done: number }[]): number | undefined {
  const from = window[0];
  const to = window.at(-1);
  if (from === undefined || to === undefined || to.at - from.at < SHORTEST_MS) return undefined;
  return ((to.done - from.done) * 1000) / (to.at - from.at);
}
