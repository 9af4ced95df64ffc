import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../artifacts/keys.ts';
import { parseOutcome, parseParking } from '../../artifacts/manifests.ts';
import {
  NEEDS_ATTENTION,
  QUERIES,
  RUN_UPDATES,
  type AbortArguments,
  type Decided,
  type RetryStepArguments,
  type RunProgress,
  type RunResult,
  type SkipStepArguments,
} from '../../workflows/contract.ts';
import { startFakePipeline, Unmendable, type FakePipeline } from '../support/fake-pipeline.ts';

let pipeline: FakePipeline;
beforeAll(async () => {
  pipeline = await startFakePipeline();
});
afterAll(() => pipeline.stop());

const broken = (): Error => new Unmendable('expected memory, got none');
const handleOf = (workflowId: string) => pipeline.temporal.environment.client.workflow.getHandle(workflowId);
const retry = (workflowId: string, args: RetryStepArguments) =>
  handleOf(workflowId).executeUpdate<Decided, [RetryStepArguments]>(RUN_UPDATES.retryStep, { args: [args] });
const skip = (workflowId: string, args: SkipStepArguments) =>
  handleOf(workflowId).executeUpdate<Decided, [SkipStepArguments]>(RUN_UPDATES.skipStep, { args: [args] });
const abort = (workflowId: string, args: AbortArguments) =>
  handleOf(workflowId).executeUpdate<Decided, [AbortArguments]>(RUN_UPDATES.abort, { args: [args] });
const resultOf = (workflowId: string) => handleOf(workflowId).result() as Promise<RunResult>;
const progressOf = (workflowId: string) => handleOf(workflowId).query<RunProgress>(QUERIES.progress);

async function identityOf(workflowId: string) {
  const { raw } = await handleOf(workflowId).describe();
  return { workflowId, firstExecutionRunId: raw.workflowExecutionInfo!.firstRunId! };
}
async function recordsOf(workflowId: string) {
  const found = [];
  for await (const { key } of pipeline.store.list(keys.parkings(await identityOf(workflowId))))
    found.push(parseParking((await pipeline.store.get(key))!.bytes));
  return found;
}
const outcomeOf = async (workflowId: string) =>
  parseOutcome((await pipeline.store.get(keys.outcome(await identityOf(workflowId))))!.bytes);
const causeOf = (error: unknown): unknown => {
  let root = error as Error;
  while (root.cause instanceof Error) root = root.cause;
  return root;
};
const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined, causeOf);

describe('a step that fails for good', () => {
  it('parks the run, says which step, why, since when and what to do, and goes on when it is retried', async () => {
    pipeline.failures.set('train', [broken()]);
    await pipeline.start('retried', { train: { seed: 1001 } });
    const parking = await pipeline.parked('retried');
    expect(parking).toMatchObject({
      step: 'train',
      failure: { type: 'Unmendable', message: 'expected memory, got none' },
      canSkip: false,
    });
    const { runId, typedSearchAttributes, raw } = await handleOf('retried').describe();
    expect(parking.parkingId).toBe(`train#1@${runId.slice(0, 18)}`);
    expect(Date.parse(parking.abandonedAt) - Date.parse(parking.parkedAt)).toBe(7 * 24 * 3_600_000);
    expect(typedSearchAttributes.get(defineSearchAttributeKey('DigitflowState', 'KEYWORD'))).toBe(NEEDS_ATTENTION);
    expect(raw.workflowExecutionInfo!.status).toBe(1); // running
    expect((await progressOf('retried')).state).toBe('parked');
    const metadata = await handleOf('retried').query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain(JSON.stringify({ parkingId: parking.parkingId }));

    const { parkingId } = parking;
    expect(await retry('retried', { parkingId, author: 'ada' })).toEqual({
      parkingId,
      decision: 'retry',
      step: 'train',
    });
    const result = await resultOf('retried');
    expect(result.steps.map(({ state }) => state)).toEqual(Array(6).fill('computed'));
    const parts = ['augment-0', 'augment-1', 'augment-2', 'augment-3'];
    expect(pipeline.computed.sort()).toEqual(
      ['ingest', 'preprocess', ...parts, 'augment', 'train', 'evaluate', 'publish'].sort(),
    );
    expect(await recordsOf('retried')).toMatchObject([{ parkingId, decision: { kind: 'retry', author: 'ada' } }]);
    expect(await outcomeOf('retried')).toMatchObject({ state: 'completed' });
    const { events } = await handleOf('retried').fetchHistory();
    expect(events!.length).toBeLessThanOrEqual(150);
  });

  it('takes other values with the retry and keeps both; what is finished stays as it was', async () => {
    pipeline.failures.set('train', [broken(), broken()]);
    await pipeline.start('changed', { train: { seed: 1002 } });
    const first = await pipeline.parked('changed');
    await retry('changed', { parkingId: first.parkingId, set: { 'train.batchSize': 32, 'evaluate.calibrate': false } });
    await expect.poll(async () => (await progressOf('changed')).parking?.parkingId).toMatch(/^train#2@/);
    const second = await pipeline.parked('changed');
    expect(await rejection(retry('changed', { parkingId: first.parkingId }))).toMatchObject({ type: 'WrongParking' });
    await retry('changed', { parkingId: second.parkingId });
    await resultOf('changed');
    expect(await recordsOf('changed')).toMatchObject([
      {
        configuration: { train: { batchSize: 64 } },
        decision: {
          set: { 'train.batchSize': 32, 'evaluate.calibrate': false },
          configuration: { train: { batchSize: 32, seed: 1002 }, evaluate: { calibrate: false } },
        },
      },
      { configuration: { train: { batchSize: 32 } } },
    ]);
  });

  it('refuses what can not be: the update fails with its reason, and the run stays parked', async () => {
    pipeline.failures.set('train', [broken()]);
    await pipeline.start('refusing', { train: { seed: 1003 } });
    const { parkingId } = await pipeline.parked('refusing');
    const refusals: [() => Promise<unknown>, string, RegExp][] = [
      [
        () => retry('refusing', { parkingId, set: { 'train.batchsize': 1, 'train.seed': 'x' } }),
        'InvalidInput',
        /batchSize\?/,
      ],
      [() => retry('refusing', { parkingId, set: { preset: 'quick' } }), 'InvalidInput', /set single ones/],
      [() => retry('refusing', { parkingId, set: 'train.seed=1' as never }), 'InvalidInput', /dotted keys/],
      [
        () => retry('refusing', { parkingId, set: { 'augment.seed': 5 } }),
        'StepFinished',
        /augment is finished.*rerun/,
      ],
      [() => retry('refusing', undefined as never), 'WrongParking', new RegExp(parkingId)],
      [() => retry('refusing', { parkingId: 'train#1' }), 'WrongParking', /got .*train#1/],
      [() => skip('refusing', { parkingId }), 'StepNeeded', /train can't be skipped/],
      [() => abort('refusing', { parkingId, reason: ' ' }), 'InvalidInput', /why/],
    ];
    for (const [update, type, message] of refusals)
      expect(await rejection(update())).toMatchObject({ type, message: expect.stringMatching(message) as string });
    expect((await pipeline.parked('refusing')).parkingId).toBe(parkingId);
    await abort('refusing', { parkingId, reason: 'enough' });
    expect(await rejection(resultOf('refusing'))).toMatchObject({ type: 'Aborted', message: 'enough' });
    expect(await outcomeOf('refusing')).toMatchObject({
      state: 'aborted',
      failure: { step: 'train', message: 'enough' },
    });
    expect(await recordsOf('refusing')).toMatchObject([{ decision: { kind: 'abort', reason: 'enough' } }]);
  });

  it('takes the first of several decisions, and answers the others', async () => {
    pipeline.failures.set('train', [broken()]);
    await pipeline.start('raced', { train: { seed: 1004 } });
    const { parkingId } = await pipeline.parked('raced');
    const set = { 'train.batchSize': 32 };
    const answers = await Promise.allSettled([0, 1, 2, 3].map(() => retry('raced', { parkingId, set })));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await resultOf('raced');
    expect(await recordsOf('raced')).toHaveLength(1);
  });

  it('parks once when several parts of a step fail side by side, and a retry makes only what is missing', async () => {
    for (const part of [0, 2, 3]) pipeline.failures.set(`augment-${part}`, [broken()]);
    pipeline.computed.length = 0;
    await pipeline.start('parts', { augment: { seed: 1005 } });
    const { parkingId } = await pipeline.parked('parts');
    await retry('parts', { parkingId });
    await resultOf('parts');
    expect(await recordsOf('parts')).toHaveLength(1);
    expect(pipeline.computed.filter((label) => label.startsWith('augment-')).sort()).toEqual([
      'augment-0',
      'augment-1',
      'augment-2',
      'augment-3',
    ]);
  });

  it('goes on without augment when that is skipped: splits and pool are made without augmentation', async () => {
    pipeline.failures.set('augment', [broken()]);
    await pipeline.start('skipped', { augment: { seed: 1006 } });
    const parking = await pipeline.parked('skipped');
    expect(parking.canSkip).toBe(true);
    await skip('skipped', parking);
    await resultOf('skipped');
    expect(await recordsOf('skipped')).toMatchObject([
      { decision: { kind: 'skip', configuration: { augment: { preset: 'none' } } } },
    ]);
  });

  it('is abandoned when nobody says anything for too long', async () => {
    pipeline.failures.set('train', [broken()]);
    await pipeline.start('forgotten', { train: { seed: 1007 }, parking: { timeoutDays: 2e-5 } });
    expect(await rejection(resultOf('forgotten'))).toMatchObject({ type: 'Abandoned' });
    expect(await outcomeOf('forgotten')).toMatchObject({ state: 'abandoned', failure: { step: 'train' } });
    expect(await recordsOf('forgotten')).toMatchObject([{ decision: { kind: 'abandon' } }]);
    expect((await progressOf('forgotten')).state).toBe('abandoned');
  });

  it('can be cancelled while it waits', async () => {
    pipeline.failures.set('train', [broken()]);
    const handle = await pipeline.start('cancelled', { train: { seed: 1008 } });
    await pipeline.parked('cancelled');
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(await outcomeOf('cancelled')).toMatchObject({ state: 'cancelled' });
    expect(await recordsOf('cancelled')).toMatchObject([{ decision: { kind: 'cancel' } }]);
  });

  it('does not park for what a few more attempts mend, nor for input that can not be resolved', async () => {
    pipeline.failures.set('preprocess', [new Error('passing'), new Error('passing')]);
    await pipeline.start('mended', { preprocess: { seed: 1009 } });
    await resultOf('mended');
    expect(await recordsOf('mended')).toEqual([]);
    await pipeline.start('bad', { trian: {} } as never);
    expect(await rejection(resultOf('bad'))).toMatchObject({ type: 'InvalidInput' });
  });

  it('parks when an error that nobody knows has come three times', async () => {
    pipeline.failures.set('preprocess', [new Error('odd'), new Error('odd'), new Error('odd')]);
    await pipeline.start('unknown', { preprocess: { seed: 1010 } });
    expect(await pipeline.parked('unknown')).toMatchObject({ step: 'preprocess', failure: { message: 'odd' } });
    await retry('unknown', await pipeline.parked('unknown'));
    await resultOf('unknown');
  });
});
