import { randomUUID } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../artifacts/clock.ts';
import { collectGarbage } from '../../artifacts/garbage.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseOutcome } from '../../artifacts/manifests.ts';
import { QUERIES, RUN_UPDATES, type RunProgress, type RunResult } from '../../workflows/contract.ts';
import { startFakePipeline, Unmendable, type FakePipeline } from '../support/fake-pipeline.ts';
import { until } from '../support/until.ts';

const { EventType, WorkflowTaskFailedCause } = temporal.api.enums.v1;

let pipeline: FakePipeline;
beforeAll(async () => {
  pipeline = await startFakePipeline();
});
afterAll(() => pipeline.stop());

const handleOf = (workflowId: string, runId?: string) =>
  pipeline.temporal.environment.client.workflow.getHandle(workflowId, runId);

const eventsOf = async (workflowId: string, runId?: string) =>
  (await handleOf(workflowId, runId).fetchHistory()).events!;

/** As `temporal workflow reset --event-id` does it. @returns the run id of the new execution */
async function reset(workflowId: string, runId: string, eventId: number): Promise<string> {
  const { connection, options } = pipeline.temporal.environment.client.workflow as unknown as {
    connection: { workflowService: { resetWorkflowExecution(request: object): Promise<{ runId: string }> } };
    options: { namespace: string };
  };
  const answer = await connection.workflowService.resetWorkflowExecution({
    namespace: options.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: eventId,
    requestId: randomUUID(),
    reason: 'a test',
  });
  return answer.runId;
}

/**
 * `parked`, or how the execution ended. A query may be answered from before the reset's own workflow task: an execution that
 * is about to go on was parked then, so only one that has nothing to do is taken for parked.
 */
async function endOf(workflowId: string, runId: string): Promise<string> {
  return until(async () => {
    const { status, raw } = await handleOf(workflowId, runId).describe();
    if (status.name !== 'RUNNING') return status.name;
    const isBusy = Boolean(raw.pendingWorkflowTask) || (raw.pendingActivities ?? []).length > 0;
    const { parking } = await handleOf(workflowId, runId).query<RunProgress>(QUERIES.progress);
    return !isBusy && parking !== undefined && 'parked';
  });
}

async function decide(workflowId: string, update: keyof typeof RUN_UPDATES, more: object = {}): Promise<void> {
  const { parkingId } = await pipeline.parked(workflowId);
  await handleOf(workflowId).executeUpdate(RUN_UPDATES[update], { args: [{ parkingId, ...more }] });
}

const fail = (): void => void pipeline.failures.set('train', [new Unmendable('expected memory, got none')]);

const RUNS: [name: string, play: (workflowId: string) => Promise<unknown>][] = [
  ['finished', async (workflowId) => handleOf(workflowId).result()],
  ['parked', async (workflowId) => (fail(), pipeline.parked(workflowId))],
  [
    'aborted',
    async (workflowId) => {
      fail();
      await decide(workflowId, 'abort', { reason: 'enough' });
      await handleOf(workflowId)
        .result()
        .catch(() => undefined);
    },
  ],
  [
    'retried',
    async (workflowId) => {
      fail();
      await decide(workflowId, 'retryStep', { set: { 'train.batchSize': 32 } });
      await handleOf(workflowId).result();
    },
  ],
];

let seeds = 2_000;

describe('a plain reset to each of its task-completed events', () => {
  it.each(RUNS)('of a run that is %s ends finished or parked, with a true record', async (name, play) => {
    const workflowId = `reset-${name}`;
    const { firstExecutionRunId } = await pipeline.start(workflowId, { ingest: { seed: seeds++ } });
    await play(workflowId);
    const { runId } = await handleOf(workflowId).describe();
    const completed = (await eventsOf(workflowId))
      .filter(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
      .map(({ eventId }) => Number(eventId));
    expect(completed.length).toBeGreaterThanOrEqual(8);
    const identity = { workflowId, firstExecutionRunId };
    let lastRunId = runId;
    for (const eventId of completed) {
      lastRunId = await reset(workflowId, runId, eventId);
      const end = await endOf(workflowId, lastRunId);
      expect(['COMPLETED', 'parked'], `after a reset to event ${eventId}`).toContain(end);
      const failures = (await eventsOf(workflowId, lastRunId)).filter(
        ({ eventType, workflowTaskFailedEventAttributes }) =>
          eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED &&
          workflowTaskFailedEventAttributes?.cause !==
            WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
      );
      expect(failures).toEqual([]);
      if (end === 'COMPLETED') {
        const outcome = parseOutcome((await pipeline.store.get(keys.outcome(identity)))!.bytes);
        expect(outcome.state).toBe('completed');
      } else {
        const { parkingId } = await pipeline.parked(workflowId);
        expect(parkingId).toBe(`train#1@${lastRunId.slice(0, 18)}`);
      }
    }
    if ((await endOf(workflowId, lastRunId)) === 'parked') await decide(workflowId, 'retryStep');
    expect(((await handleOf(workflowId).result()) as RunResult).run).toBe(workflowId);
  });
});

it('a run that is reset after a collection was told that it is closed loses what it had, makes it again, and ends', async () => {
  const workflowId = 'reset-collected';
  const { firstExecutionRunId } = await pipeline.start(workflowId, { ingest: { seed: seeds++ } });
  await handleOf(workflowId).result();
  const { runId } = await handleOf(workflowId).describe();
  const events = await eventsOf(workflowId);
  const augmented = events.findLastIndex(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.activityType?.name?.startsWith('augment'),
  );
  const { eventId } = events
    .slice(augmented)
    .find(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)!;
  const before = pipeline.computed.length;
  const { store } = pipeline;
  const askRun = async () => 'closed' as const;
  const { garbage } = await collectGarbage({ store, clock: systemClock, keepRuns: 0, graceMs: 0, askRun });
  expect(garbage.map(({ key }) => key)).toContain(keys.outcome({ workflowId, firstExecutionRunId }));
  const again = await reset(workflowId, runId, Number(eventId));
  expect(await endOf(workflowId, again)).toBe('COMPLETED');
  expect(pipeline.computed.slice(before)).toEqual(expect.arrayContaining(['ingest', 'train', 'publish']));
  const outcome = await store.get(keys.outcome({ workflowId, firstExecutionRunId }));
  expect(parseOutcome(outcome!.bytes)).toMatchObject({ state: 'completed', runId: again });
});
