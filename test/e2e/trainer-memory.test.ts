// The system kills the trainer for want of memory, again and again: a real worker, a real trainer, SIGKILL as the system
// sends it.

import path from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keys } from '../../artifacts/keys.ts';
import {
  QUERIES,
  QUEUES,
  RUN_UPDATES,
  TRAIN_PIPELINE,
  type RunProgress,
  type RunResult,
} from '../../workflows/contract.ts';
import { trainerOf } from '../chaos/lane.ts';
import { startPipelineStack, type PipelineStack } from '../support/pipeline-stack.ts';
import { writeSegmentDigits } from '../support/segment-digits.ts';
import { until } from '../support/until.ts';

let stack: PipelineStack;
let worker: ChildProcess;
let data: string;
beforeAll(async () => {
  stack = await startPipelineStack();
  data = path.join(stack.folder, 'data', 'segments');
  [, worker] = await Promise.all([writeSegmentDigits(data, 20), stack.startWorker()]);
}, 120_000);
afterAll(async () => stack?.stop(), 60_000);

/** The training step of the newest checkpoint; 0 while there is none. */
async function newestCheckpoint(): Promise<number> {
  let newest = 0;
  for await (const { key } of stack.store.list(keys.everyCheckpoint))
    newest = Math.max(newest, Number(key.split('/').at(-1)));
  return newest;
}

it('goes on from its checkpoint each time, parks after the third with a reason that names memory, and is resumed', async () => {
  const handle = await stack.temporal.environment.client.workflow.start(TRAIN_PIPELINE, {
    workflowId: 'starved',
    taskQueue: QUEUES.pipeline,
    args: [
      {
        ingest: { source: { kind: 'folder', path: data } },
        preprocess: { split: 'random' },
        augment: { poolSize: 1_024, parts: 1, shares: {} },
        train: { trainSteps: 240, validationEverySteps: 20 },
      },
    ],
  });
  const reached: number[] = [0];
  for (let kill = 1; kill <= 3; kill++) {
    await until(async () => (await newestCheckpoint()) > reached.at(-1)!, 60_000);
    reached.push(await newestCheckpoint());
    process.kill(await until(() => trainerOf(worker.pid!)), 'SIGKILL');
  }
  const parking = await until(async () => (await handle.query<RunProgress>(QUERIES.progress)).parking, 20_000);
  expect(parking).toMatchObject({ step: 'train', failure: { type: 'TrainerCrashed' } });
  expect(parking.failure.message).toMatch(/ended by SIGKILL.*want of memory: lower batchSize or augment\.poolSize/);
  const { parkingId } = parking;
  await handle.executeUpdate(RUN_UPDATES.retryStep, { args: [{ parkingId }] });
  const { steps } = (await handle.result()) as RunResult;
  expect(steps.find(({ step }) => step === 'train')).toMatchObject({ state: 'resumed' });
}, 180_000);
