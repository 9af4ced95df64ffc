// Runs as Temporal knows them.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { RunIdentity } from '../../artifacts/manifests.ts';
import { NEEDS_ATTENTION, TRAIN_PIPELINE } from '../../workflows/contract.ts';
import { isWorkflowNotFound } from '../temporal-errors.ts';
import type { TemporalSession } from '../temporal.ts';

/** Temporal's own words, in lower case; `parked` when a step waits for a person, `lost` when it does not know the run. */
export type LiveState =
  'running' | 'parked' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out' | 'lost';

export interface LiveRun {
  identity: RunIdentity;
  state: LiveState;
  /** ISO 8601. */
  startedAt: string;
  finishedAt?: string;
}

/** Whether it has not ended. */
export const isOpen = (state: string): boolean => state === 'running' || state === 'parked';

export interface LiveQuery {
  limit: number;
  /** `open`: running or parked; `parked`: only those. @default any state */
  only?: 'open' | 'parked';
}

const QUERY = {
  open: " AND ExecutionStatus = 'Running'",
  parked: ` AND ExecutionStatus = 'Running' AND DigitflowState = '${NEEDS_ATTENTION}'`,
};

/** The newest runs of the pipeline, newest first. */
export async function liveRuns(temporal: TemporalSession, { limit, only }: LiveQuery): Promise<LiveRun[]> {
  const found: { workflowId: string; runId: string }[] = [];
  const query = `WorkflowType = '${TRAIN_PIPELINE}'${only === undefined ? '' : QUERY[only]}`;
  for await (const info of temporal.client.workflow.list({ query })) {
    found.push({ workflowId: info.workflowId, runId: info.runId });
    if (found.length >= limit) break;
  }
  // A listing doesn't carry the first execution's run id, a description does.
  const runs = await Promise.all(found.map(({ workflowId, runId }) => describe(temporal, workflowId, runId)));
  return runs.filter((run) => run !== undefined);
}

/** The newest run of a workflow id, or the one that began with a given run id. Undefined when Temporal knows none. */
export async function liveRun(
  temporal: TemporalSession,
  workflowId: string,
  firstExecutionRunId?: string,
): Promise<LiveRun | undefined> {
  const newest = await describe(temporal, workflowId);
  if (newest === undefined || firstExecutionRunId === undefined) return newest;
  // After a reset the newest execution still carries the first one's id; an older run is asked for by its own.
  if (newest.identity.firstExecutionRunId === firstExecutionRunId) return newest;
  return describe(temporal, workflowId, firstExecutionRunId);
}

async function describe(temporal: TemporalSession, workflowId: string, runId?: string): Promise<LiveRun | undefined> {
  try {
    return toLiveRun(await temporal.client.workflow.getHandle(workflowId, runId).describe());
  } catch (error) {
    if (isWorkflowNotFound(error)) return undefined;
    throw error;
  }
}

function toLiveRun(info: WorkflowExecutionDescription): LiveRun {
  return {
    identity: {
      workflowId: info.workflowId,
      firstExecutionRunId: info.raw.workflowExecutionInfo?.firstRunId || info.runId,
    },
    state: ENDED[info.status.name] ?? (isParked(info) ? 'parked' : 'running'),
    startedAt: info.startTime.toISOString(),
    ...(info.closeTime !== undefined && { finishedAt: info.closeTime.toISOString() }),
  };
}

const isParked = ({ typedSearchAttributes }: WorkflowExecutionDescription): boolean =>
  typedSearchAttributes.getAll().some(({ key, value }) => key.name === 'DigitflowState' && value === NEEDS_ATTENTION);

/** Whatever has not ended, paused or continued, is running for a person who looks. */
const ENDED: Partial<Record<WorkflowExecutionDescription['status']['name'], LiveState>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};
