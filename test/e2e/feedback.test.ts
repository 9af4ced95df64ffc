import { afterAll, beforeAll, expect, it } from 'vitest';
import { getBlob } from '../../artifacts/blobs.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { deleteCorrection, storeCorrection } from '../../artifacts/feedback.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseDatasetManifest, parseRunStepRecord, type CorrectionLabel } from '../../artifacts/manifests.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import { QUEUES, TRAIN_PIPELINE, type RunResult } from '../../workflows/contract.ts';
import { correctionOf } from '../support/corrections.ts';
import { startPipelineStack, type PipelineStack } from '../support/pipeline-stack.ts';
import { segmentDigit } from '../support/segment-digits.ts';

const SESSIONS = 6;

let stack: PipelineStack;
beforeAll(async () => {
  stack = await startPipelineStack();
  await stack.startWorker();
});
afterAll(async () => stack.stop());

async function run(workflowId: string): Promise<RunResult> {
  const input = {
    ingest: { source: { kind: 'feedback' } },
    augment: { poolSize: 1_024, parts: 1 },
    train: { engine: 'wasm', trainSteps: 30, batchSize: 32, validationEverySteps: 15 },
    publish: { model: 'corrected' },
  };
  const { workflow } = stack.temporal.environment.client;
  const handle = await workflow.start(TRAIN_PIPELINE, { workflowId, taskQueue: QUEUES.pipeline, args: [input] });
  return (await handle.result()) as RunResult;
}

async function datasetOf(workflowId: string) {
  for await (const { key } of stack.store.list(keys.runsOf(workflowId))) {
    if (!key.endsWith('/steps/ingest.json')) continue;
    const { output } = parseRunStepRecord((await stack.store.get(key))!.bytes, key);
    return parseDatasetManifest(await getBlob(stack.store, output));
  }
  throw new Error(`${workflowId}: expected the record of its ingest`);
}

it(
  'a model is trained with what people corrected, and no later one with what they took back',
  { timeout: 600_000 },
  async () => {
    const nowMs = Date.now() - 60_000;
    const made = Array.from({ length: SESSIONS * 20 }, (_, number) => {
      const image = segmentDigit(number % 10, number);
      const crop = { png: encodePng(image), width: image.width, height: image.height };
      const label = String(number % 10) as CorrectionLabel;
      return correctionOf(number, nowMs + number, { crop, label, session: `session ${Math.floor(number / 20)}` });
    });
    for (const each of made) await storeCorrection(stack.store, each);
    const first = await run('corrected-1');
    expect(first.steps.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'computed'));
    expect(await datasetOf('corrected-1')).toMatchObject({
      sampleCount: made.length,
      sources: [{ name: 'feedback', kind: 'feedback' }],
      groups: Array.from({ length: SESSIONS }, (_, session) => `session session ${session}`),
    });
    const report = Buffer.from(await getBlob(stack.store, first.report)).toString();
    expect(report).toContain('feedback'); // a slice of its own among the sources

    await deleteCorrection({ store: stack.store, clock: systemClock }, made[5]!.id);
    const without = await run('corrected-2');
    expect(without.steps[0]).toMatchObject({ step: 'ingest', state: 'computed' });
    expect((await datasetOf('corrected-2')).sampleCount).toBe(made.length - 1);
  },
);
