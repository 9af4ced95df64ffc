// Runs as Temporal knows them.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { RunIdentity } from '../../artifacts/manifests.ts';
import { NEEDS_ATTENTION, QUERIES, TRAIN_PIPELINE, type RunProgress } from '../../workflows/contract.ts';
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
export async function liveRuns(temporal: TemporalSession, query: LiveQuery): Promise<LiveRun[]> {
  try {
    return await listRuns(temporal, query);
  } catch (error) {
    // A Temporal without our search attributes takes no query that names one: then each open run is asked.
    if (query.only !== 'parked' || !isInvalidQuery(error)) throw error;
    const open = await listRuns(temporal, { limit: MOST_ASKED, only: 'open' });
    return open.filter(({ state }) => state === 'parked').slice(0, query.limit);
  }
}

/** Runs that are asked one by one whether they are parked. */
const MOST_ASKED = 200;
/** A person waits, and a run whose worker is gone answers nobody. */
const ASK_LIMIT_MS = 2_000;

const isInvalidQuery = (error: unknown): boolean =>
  [error, (error as Error).cause].some((each) => (each as { code?: unknown } | undefined)?.code === 3);

async function listRuns(temporal: TemporalSession, { limit, only }: LiveQuery): Promise<LiveRun[]> {
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
    const info = await temporal.client.workflow.getHandle(workflowId, runId).describe();
    return toLiveRun(info, info.status.name === 'RUNNING' && (await isParked(temporal, info)));
  } catch (error) {
    if (isWorkflowNotFound(error)) return undefined;
    throw error;
  }
}

function toLiveRun(info: WorkflowExecutionDescription, parked: boolean): LiveRun {
  return {
    identity: {
      workflowId: info.workflowId,
      firstExecutionRunId: info.raw.workflowExecutionInfo?.firstRunId || info.runId,
    },
    state: ENDED[info.status.name] ?? (parked ? 'parked' : 'running'),
    startedAt: info.startTime.toISOString(),
    ...(info.closeTime !== undefined && { finishedAt: info.closeTime.toISOString() }),
  };
}

/** As its search attribute says; where it has none, as the run itself says. */
async function isParked(temporal: TemporalSession, info: WorkflowExecutionDescription): Promise<boolean> {
  const state = info.typedSearchAttributes.getAll().find(({ key }) => key.name === 'DigitflowState')?.value;
  if (state !== undefined) return state === NEEDS_ATTENTION;
  const { client } = temporal;
  const handle = client.workflow.getHandle(info.workflowId, info.runId);
  const answer = client.withDeadline(Date.now() + ASK_LIMIT_MS, () => handle.query<RunProgress>(QUERIES.progress));
  return answer.then(
    (progress) => progress.state === 'parked',
    () => false,
  );
}

/** Whatever has not ended, paused or continued, is running for a person who looks. */
const ENDED: Partial<Record<WorkflowExecutionDescription['status']['name'], LiveState>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};
