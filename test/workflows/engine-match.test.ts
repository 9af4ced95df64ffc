import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunResult } from '../../workflows/contract.ts';
import { type FakePipeline, startFakePipeline } from '../support/fake-pipeline.ts';

let pipeline: FakePipeline;
beforeAll(async () => {
  pipeline = await startFakePipeline();
});
afterAll(() => pipeline?.stop());

async function statesOf(workflowId: string, input: object = {}): Promise<Record<string, string>> {
  const result = (await (await pipeline.start(workflowId, input)).result()) as RunResult;
  return Object.fromEntries(result.steps.map(({ step, state }) => [step, state]));
}

it('takes what another engine made only when the run says that any will do', async () => {
  await statesOf('first');
  pipeline.machine.cpu = 'b';
  expect(await statesOf('exact')).toMatchObject({ augment: 'reused', train: 'computed', evaluate: 'computed' });
  pipeline.machine.cpu = 'c';
  const any = { rerun: { engineMatch: 'any' } };
  expect(await statesOf('any', any)).toMatchObject({ augment: 'reused', train: 'reused', evaluate: 'reused' });
});
