// What `rerun` computes anew and what it takes, on a real Temporal with the real workflows and records; their steps do next
// to nothing. Runs with real steps: reruns.test.ts.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { keys } from '../../artifacts/keys.ts';
import { encodeRunRecord, parseRunRecord } from '../../artifacts/manifests.ts';
import { openCliHome, type CliHome, type CliResult } from '../cli/cli-process.ts';
import { startFakePipeline, type FakePipeline } from '../support/fake-pipeline.ts';
import { until } from '../support/until.ts';

interface Summary {
  firstExecutionRunId: string;
  steps: { step: string; state: string }[];
}

let home: CliHome;
let pipeline: FakePipeline;
let first: Summary;

beforeAll(async () => {
  home = await openCliHome();
  pipeline = await startFakePipeline(home.store, { defaults: { augment: { parts: 1 } } });
  const trained = await cli('train', '--id', 'first', '--json');
  expect(trained.exitCode, trained.stderr).toBe(0);
  first = trained.document() as unknown as Summary;
});
afterAll(async () => {
  await pipeline?.stop();
  home?.remove();
});

const cli = (...words: string[]): Promise<CliResult> =>
  home.run(words, {
    TEMPORAL_ADDRESS: pipeline.temporal.address,
    TEMPORAL_NAMESPACE: pipeline.temporal.namespace,
  });

async function rerun(...words: string[]): Promise<Summary> {
  const { exitCode, document, stderr } = await cli('rerun', 'first', ...words, '--watch', '--json');
  expect(exitCode, stderr).toBe(0);
  return document() as unknown as Summary;
}

/** The steps that were not reused; publish is never reused by its key. */
const computed = ({ steps }: Summary): string[] =>
  steps.filter(({ step, state }) => state !== 'reused' && step !== 'publish').map(({ step }) => step);

it('computes from a step on, or one step alone, which publishes nothing', async () => {
  expect(computed(await rerun('--from', 'evaluate'))).toEqual(['evaluate']);
  pipeline.computed.length = 0;
  const only = await rerun('--only', 'evaluate', '--set', 'evaluate.recallTarget=0.9');
  expect(only).toMatchObject({ only: 'evaluate', steps: [{ step: 'evaluate', state: 'computed' }] });
  expect(pipeline.computed).toEqual(['evaluate']);
  // What a run of one step alone read stands with the run it repeated.
  expect(await rerun('--only', 'train')).toMatchObject({ steps: [{ step: 'train', state: 'reused' }] });
  const publish = await cli('rerun', 'first', '--only', 'publish');
  expect(publish).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/publishes nothing/) as string });
  expect((await cli('rerun', 'first', '--only', 'train', '--from', 'train')).exitCode).toBe(2);
  expect((await cli('rerun', 'first', '--set', 'train.seeds=1')).exitCode).toBe(2);
});

it('works for runs that were terminated, and for those that Temporal has lost', async () => {
  const { client } = pipeline.temporal.environment;
  let goOn = (): void => undefined;
  pipeline.holds.set('train', new Promise<void>((resolve) => (goOn = resolve)));
  const detached = await cli('rerun', 'first', '--set', 'train.trainSteps=100000', '--detach', '--json');
  expect(detached.exitCode, detached.stderr).toBe(0);
  const going = await cli('rerun', 'first');
  expect(going).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/is running/) as string });
  await until(async () => (await cli('show', 'first', '--json')).document()['configuration'] !== null);
  await client.workflow.getHandle('first').terminate();
  goOn();
  expect((await cli('show', 'first', '--json')).document()['state']).toBe('terminated');
  const { configuration } = await recordOf('first', first.firstExecutionRunId);
  const { trainSteps } = configuration['train'] as { trainSteps: number };
  expect(computed(await rerun('--set', `train.trainSteps=${trainSteps}`))).toEqual([]);

  // A bucket that came from elsewhere, or a Temporal whose database is gone: the records are all there is.
  const lost = { workflowId: 'lost', firstExecutionRunId: '33333333-cccc-4000-8000-000000000000' };
  const record = await recordOf('first', first.firstExecutionRunId);
  await home.store.put(keys.run(lost), encodeRunRecord({ ...record, ...lost }));
  expect((await cli('show', 'lost', '--json')).document()['state']).toBe('lost');
  const again = await cli('rerun', 'lost', '--verify', '--json');
  expect(computed(again.document() as unknown as Summary)).toEqual([]);
});

it('computes every step when that is wished', async () => {
  expect(computed(await rerun('--fresh'))).toEqual(['ingest', 'preprocess', 'augment', 'train', 'evaluate']);
});

async function recordOf(workflowId: string, firstExecutionRunId: string) {
  return parseRunRecord((await home.store.get(keys.run({ workflowId, firstExecutionRunId })))!.bytes);
}
