// One look at a run: what its query `progress` says, and what the heartbeats of its activities count just now.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { RunProgress, StepName, StepProgress } from '../../workflows/contract.ts';

/** An activity that Temporal has not finished yet. */
export interface RunningActivity {
  id: string;
  /** The activity's name, e.g. `augmentPart`. */
  type: string;
  attempt: number;
  /** False while it waits for a worker's free slot. */
  started: boolean;
  progress?: StepProgress;
  /** Why the attempt before this one ended. */
  lastFailure?: string;
}

export interface RunSnapshot {
  /** Ms on a monotonic clock. */
  at: number;
  progress: RunProgress;
  activities: RunningActivity[];
}

/** Activities are named by their step, with a suffix where a step has several: `augmentPart` belongs to `augment`. */
export function belongsTo(activity: RunningActivity, step: StepName): boolean {
  return activity.type === step || (activity.type.startsWith(step) && /^[A-Z]/.test(activity.type.slice(step.length)));
}

type RawActivities = WorkflowExecutionDescription['raw']['pendingActivities'];

/** PENDING_ACTIVITY_STATE_STARTED of Temporal's API. */
const STARTED = 2;

export function runningActivities(raw: RawActivities): RunningActivity[] {
  return (raw ?? []).map((activity) => {
    const progress = heartbeatOf(activity.heartbeatDetails?.payloads?.[0]?.data);
    const lastFailure = activity.lastFailure?.message?.split('\n')[0];
    return {
      id: activity.activityId ?? '',
      type: activity.activityType?.name ?? '',
      attempt: activity.attempt ?? 1,
      started: Number(activity.state) === STARTED,
      ...(progress !== undefined && { progress }),
      ...(lastFailure !== undefined && lastFailure !== '' && { lastFailure }),
    };
  });
}

/** Heartbeats are hints: one that cannot be read counts as none. */
function heartbeatOf(data: Uint8Array | null | undefined): StepProgress | undefined {
  if (data === null || data === undefined || data.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return isProgress(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isProgress(value: unknown): value is StepProgress {
  const { done, total, unit } = (value ?? {}) as Partial<Record<keyof StepProgress, unknown>>;
  return typeof done === 'number' && typeof total === 'number' && typeof unit === 'string';
}
