// Training under a store that goes away, and under a system that kills the trainer for want of memory: a real worker, a real
// trainer, SIGKILL as the system sends it.

import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StepProgress } from '../../activities/step.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseRunStepRecord } from '../../artifacts/manifests.ts';
import {
  QUERIES,
  QUEUES,
  RUN_UPDATES,
  TRAIN_PIPELINE,
  type RunProgress,
  type RunResult,
} from '../../workflows/contract.ts';
import { trainerOf } from '../chaos/lane.ts';
import { checkpointIn, checkpointOnWire } from '../support/checkpoint-on-wire.ts';
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts';
import { startPipelineStack, type PipelineStack } from '../support/pipeline-stack.ts';
import { writeSegmentDigits } from '../support/segment-digits.ts';
import { until } from '../support/until.ts';

/** Enough for three kills, each after the next checkpoint, and for an outage after the first one. */
const TRAIN_STEPS = 160;

let stack: PipelineStack;
let proxy: FaultyProxy;
let worker: ChildProcess;
let data: string;
beforeAll(async () => {
  stack = await startPipelineStack(async (endpoint) => {
    proxy = await startFaultyProxy(endpoint);
    return proxy.endpoint;
  });
  data = path.join(stack.folder, 'data', 'segments');
  [, worker] = await Promise.all([writeSegmentDigits(data, 20), stack.startWorker()]);
});
afterAll(async () => {
  await stack?.stop();
  await proxy?.close();
});

const start = (workflowId: string, seed: number): Promise<WorkflowHandleWithFirstExecutionRunId> =>
  stack.temporal.environment.client.workflow.start(TRAIN_PIPELINE, {
    workflowId,
    taskQueue: QUEUES.pipeline,
    args: [
      {
        ingest: { source: { kind: 'folder', path: data } },
        preprocess: { split: 'random' },
        augment: { poolSize: 1_024, parts: 1, shares: {} },
        train: { trainSteps: TRAIN_STEPS, validationEverySteps: 20, seed },
      },
    ],
  });

async function checkpoints(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of stack.store.list(keys.everyCheckpoint)) found.push(key);
  return found;
}
const stateOfTraining = async (handle: WorkflowHandle) =>
  ((await handle.result()) as RunResult).steps.find(({ step }) => step === 'train')?.state;

describe('training', { timeout: 600_000 }, () => {
  it('goes on while the store is away, waits with its result, says so, and is not done again', async () => {
    const handle = await start('store-away', 1);
    let isAway = false;
    proxy.failAs((request) => {
      if (isAway) return { kind: 'refused' };
      isAway = checkpointIn(request) !== undefined;
      return undefined;
    });
    const shown = await until(async () => {
      const [pending] = (await handle.describe()).raw.pendingActivities ?? [];
      const heartbeat = pending?.heartbeatDetails?.payloads?.[0]?.data;
      const progress = heartbeat && (JSON.parse(Buffer.from(heartbeat).toString()) as StepProgress);
      const isWaiting = progress?.done === TRAIN_STEPS && progress.note !== undefined;
      return isWaiting && { note: progress.note, attempt: pending?.attempt };
    });
    expect(shown).toMatchObject({ attempt: 1, note: expect.stringMatching(/^waiting for the store: put /) as string });
    proxy.mend();
    expect(await stateOfTraining(handle)).toBe('computed');
    expect(await checkpoints()).toEqual([]);
  });

  it('goes on from its checkpoint when it is killed, parks after the third time naming memory, and is resumed', async () => {
    const handle = await start('starved', 2);
    for (let kill = 1; kill <= 3; kill++) {
      await checkpointOnWire(proxy, 1, () => undefined);
      const trainer = await until(() => trainerOf(worker.pid!));
      process.kill(trainer, 'SIGKILL');
      await until(async () => (await trainerOf(worker.pid!)) !== trainer);
    }
    const parking = await until(async () => (await handle.query<RunProgress>(QUERIES.progress)).parking);
    expect(parking).toMatchObject({ step: 'train', failure: { type: 'TrainerCrashed' } });
    expect(parking.failure.message).toMatch(/ended by SIGKILL.*want of memory: lower batchSize, or free memory/);
    await handle.executeUpdate(RUN_UPDATES.retryStep, { args: [{ parkingId: parking.parkingId }] });
    const { workflowId, firstExecutionRunId } = handle;
    const record = await until(() => stack.store.get(keys.runStep({ workflowId, firstExecutionRunId }, 'train')));
    expect(parseRunStepRecord(record.bytes).state).toBe('resumed');
    await handle.terminate();
  });
});
