import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseOutcome, parseRunStepRecord, parseStepRecord, type StepRecord } from '../../artifacts/manifests.ts';
import { listVersions, readAliases, readMoves, readVersion } from '../../artifacts/registry.ts';
import { loadModel } from '../../inference/load-model.ts';
import { createPredictor } from '../../inference/predictor.ts';
import {
  QUERIES,
  QUEUES,
  RUN_UPDATES,
  TRAIN_PIPELINE,
  type AbortArguments,
  type Decided,
  type RunProgress,
  type RunResult,
} from '../../workflows/contract.ts';
import { trainerOf } from '../chaos/lane.ts';
import { runWords } from '../cli/cli-process.ts';
import { partsOf } from '../../cli/stack/worker-list.ts';
import { openTemporal, workersOf } from '../../setup/stack/temporal-client.ts';
import type { Health } from '../../workers/metrics/health.ts';
import { dashboardMetrics, metricNames } from '../support/dashboard.ts';
import { checkpointOnWire } from '../support/checkpoint-on-wire.ts';
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts';
import { freePort } from '../support/ports-apart.ts';
import { startPipelineStack, type PipelineStack } from '../support/pipeline-stack.ts';
import { segmentDigit, writeSegmentDigits } from '../support/segment-digits.ts';
import { until } from '../support/until.ts';

let stack: PipelineStack;
let worker: ChildProcess;
let data: string;
/** Passes everything on, and hears what the worker asks the store for. */
let wire: FaultyProxy;
const requests: string[] = [];

const noteRequest = ({ method, url }: IncomingMessage): undefined =>
  void requests.push(`${method} ${decodeURIComponent(url!)}`);

beforeAll(async () => {
  stack = await startPipelineStack();
  wire = await startFaultyProxy(stack.environment['S3_ENDPOINT']!);
  stack.environment['S3_ENDPOINT'] = wire.endpoint;
  wire.failAs(noteRequest);
  stack.environment['DIGITFLOW_METRICS_PORT'] = String(await freePort());
  data = path.join(stack.folder, 'data', 'segments');
  await writeSegmentDigits(data, 40);
  worker = await stack.startWorker();
});
afterAll(async () => {
  await stack.stop();
  await wire.close();
});

/** 400 images, a small pool and a few training steps: seconds instead of minutes. */
const small = (over: { train?: object; preprocess?: object } = {}) => ({
  ingest: { source: { kind: 'folder', path: data } },
  preprocess: { split: 'random', ...over.preprocess },
  augment: { poolSize: 4_096, parts: 2, shares: {} },
  train: { trainSteps: 120, validationEverySteps: 40, labelSmoothing: 0.1, ...over.train },
  publish: { model: 'segments' },
});

const start = (workflowId: string, input: object) =>
  stack.temporal.environment.client.workflow.start(TRAIN_PIPELINE, {
    workflowId,
    taskQueue: QUEUES.pipeline,
    args: [input],
  });

const run = async (workflowId: string, input: object): Promise<RunResult> =>
  (await start(workflowId, input)).result() as Promise<RunResult>;

describe('the pipeline on real images, a real Temporal and a real object store', { timeout: 600_000 }, () => {
  let first: RunResult;

  it('goes from a folder of images to a published champion', async () => {
    first = await run('first', small());
    expect(first.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'ingest computed',
      'preprocess computed',
      'augment computed',
      'train computed',
      'evaluate computed',
      'publish computed',
    ]);
    expect(first.metrics.test.accuracy).toBeGreaterThan(0.9);
    expect(first.model).toMatchObject({ name: 'segments', version: 1 });
    expect(await readAliases(stack.store, 'segments')).toMatchObject({ champion: 1, candidate: undefined });
    const report = Buffer.from(await getBlob(stack.store, first.report)).toString();
    expect(report).toMatch(/^<!doctype html>/i);
  });

  it('publishes what the CLI can read: signed files that predict', async () => {
    const version = await readVersion(stack.store, 'segments', 1);
    expect(version.files.map((file) => file.path)).toEqual(['tfjs/model.json', 'tfjs/weights.bin', 'model.onnx']);
    const predictor = await createPredictor(await loadModel({ store: stack.store, version }));
    const read = await predictor.predictMany([3, 7].map((digit) => segmentDigit(digit, 1_000)));
    expect(read.map(({ label }) => label)).toEqual(['3', '7']);
    await predictor.dispose();
  });

  it('keeps a small history: refs travel, bytes do not', async () => {
    const { events } = await stack.temporal.environment.client.workflow.getHandle('first').fetchHistory();
    expect(events!.length).toBeLessThanOrEqual(120);
    const sizes = events!.map((event) => JSON.stringify(event).length);
    expect(Math.max(...sizes)).toBeLessThan(8_192); // base64 and field names around payloads of at most 4 KB
  });

  it('computes nothing and moves nothing when nothing changed', async () => {
    const before = await readAliases(stack.store, 'segments');
    requests.length = 0;
    const again = await run('again', small());
    expect(await bytesReadOf(['ingest', 'preprocess', 'augment', 'train'])).toEqual([]);
    expect(new Set(again.steps.map(({ state }) => state))).toEqual(new Set(['reused']));
    expect(again.model).toEqual(first.model);
    expect(await readAliases(stack.store, 'segments')).toEqual(before);
  });

  it('tells what it did, and whether it can do more, to Prometheus and to who asks for its health', async () => {
    const url = `http://127.0.0.1:${stack.environment['DIGITFLOW_METRICS_PORT']}`;
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const line of [
      'digitflow_steps_total{step="train",state="computed"} 1',
      'digitflow_steps_total{step="train",state="reused"} 1',
      'digitflow_published_total{gate="promoted"} 1',
      'digitflow_cache_lookups_total{outcome="miss"}',
      'digitflow_store_bytes_total{direction="written"}',
    ])
      expect(text).toContain(line);
    const told = new Set(metricNames(text));
    expect(dashboardMetrics().filter((name) => name.startsWith('temporal_') && !told.has(name))).toEqual([]);

    const ready = async (): Promise<[number, Health]> => {
      const answer = await fetch(`${url}/readyz`);
      return [answer.status, (await answer.json()) as Health];
    };
    expect(await ready()).toMatchObject([200, { status: 'ready' }]);
    wire.failAs(() => ({ kind: 'silent' }));
    const [status, { checks }] = await until(async () => {
      const said = await ready();
      return said[0] === 503 ? said : undefined;
    });
    expect([status, checks['store']!.ok, checks['temporal']!.ok]).toEqual([503, false, true]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    wire.failAs(noteRequest);
    await until(async () => (await ready())[0] === 200);
  });

  it('is known to Temporal by machine, process and version, with the queues that it takes work from', async () => {
    const client = await openTemporal({ ...stack.temporal, uiUrl: undefined });
    const workers = await workersOf(client, Object.values(QUEUES));
    await client.connection.close();
    expect(workers).toMatchObject([{ queues: Object.values(QUEUES) }]);
    expect(partsOf(workers[0]!.identity)).toMatchObject({ pid: worker.pid, host: hostname() });
  });

  it('runs again exactly the steps that a changed parameter reaches', async () => {
    const other = await run('other', small({ train: { seed: 2 } }));
    expect(other.steps.map(({ state }) => state)).toEqual([
      'reused',
      'reused',
      'reused',
      'computed',
      'computed',
      'computed',
    ]);
    expect(other.model.version).toBe(2);
    const { moves } = await readAliases(stack.store, 'segments');
    expect(moves.length).toBe(2);
    const repeated = await run('other-again', small({ train: { seed: 2 } }));
    expect(new Set(repeated.steps.map(({ state }) => state))).toEqual(new Set(['reused']));
  });

  it("never undoes a person's roll-back, neither by repeating a run nor by a late retry of the one that published", async () => {
    const words = ['models', 'rollback', '--model', 'segments', '--reason', 'I trust the other more', '--json'];
    const rolledBack = await runWords(words, stack.folder, stack.environment as Record<string, string>);
    expect(rolledBack.document()).toMatchObject({ outcome: 'moved', champion: 1, before: 2 });
    const repeated = await run('after-roll-back', small({ train: { seed: 2 } }));
    expect(repeated.verdict).toMatch(/changes nothing/);
    const again = (await (await resetBeforePublish('other')).result()) as RunResult;
    expect(again).toMatchObject({ model: { version: 2 }, gate: 'unchanged' });
    expect(await readAliases(stack.store, 'segments')).toMatchObject({ champion: 1 });
    expect(await readMoves(stack.store, 'segments')).toHaveLength(3);
    expect(await listVersions(stack.store, 'segments')).toHaveLength(2);
  });

  it('goes on from a checkpoint on another worker when one is killed', async () => {
    const long = small({ train: { trainSteps: 180, validationEverySteps: 30, batchSize: 32, seed: 5 } });
    const handle = await start('killed', long);
    const stepKey = await checkpointOnWire(wire, 2, noteRequest);
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
    worker = await stack.startWorker();
    const result = (await handle.result()) as RunResult;
    expect(result.steps.find(({ step }) => step === 'train')!.state).toBe('resumed');
    const record = await stack.store.get(
      keys.runStep({ workflowId: 'killed', firstExecutionRunId: result.firstExecutionRunId }, 'train'),
    );
    expect(parseRunStepRecord(record!.bytes).stepKey).toBe(stepKey);
    expect(await all(keys.checkpoints(stepKey))).toEqual([]);
  });

  it('hands its training over when a deploy stops it: the next worker goes on from its checkpoint at once', async () => {
    const both = [worker, await stack.startWorker()];
    const training = checkpointOnWire(wire, 2, noteRequest);
    const handle = await start('drained', small({ train: { trainSteps: 400, validationEverySteps: 30, seed: 6 } }));
    await training;
    const isTraining = await Promise.all(both.map(async ({ pid }) => (await trainerOf(pid!)) !== undefined));
    expect(isTraining.filter(Boolean)).toHaveLength(1);
    const drained = both[isTraining.indexOf(true)]!;
    worker = both[isTraining.indexOf(false)]!;
    const ended = once(drained, 'exit');
    drained.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const again = await until(async () => {
      const { events } = await handle.fetchHistory();
      return (
        events!.map((event) => event.activityTaskStartedEventAttributes).find((one) => one?.attempt === 2) ?? undefined
      );
    });
    await handle.terminate('what comes after training is tried above');
    expect(again.lastFailure).toMatchObject({ timeoutFailureInfo: null }); // a lost worker is missed after ten seconds
    const record = await stack.store.get(
      keys.runStep({ workflowId: 'drained', firstExecutionRunId: handle.firstExecutionRunId }, 'train'),
    );
    expect(parseRunStepRecord(record!.bytes).state).toBe('resumed');
  });

  it('refuses bad input at once, with every problem, and records how the run ended', async () => {
    const handle = await start('bad', { trian: {}, train: { batchSize: 0 } });
    await expect(handle.result()).rejects.toMatchObject({
      cause: {
        cause: {
          type: 'InvalidInput',
          message: expect.stringMatching(/trian[\s\S]*batchSize|batchSize[\s\S]*trian/) as string,
        },
      },
    });
    const { events } = await handle.fetchHistory();
    expect(Math.max(...events!.map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 0))).toBe(1);
    const { firstExecutionRunId } = handle;
    const outcome = await stack.store.get(keys.outcome({ workflowId: 'bad', firstExecutionRunId }));
    expect(parseOutcome(outcome!.bytes)).toMatchObject({ state: 'failed', failure: { type: 'InvalidInput' } });
  });

  it('refuses a folder outside the allowed roots: the run waits for a person', async () => {
    const handle = await start('outside', { ingest: { source: { kind: 'folder', path: '/etc' } } });
    const parking = await until(async () => (await handle.query<RunProgress>(QUERIES.progress)).parking);
    expect(parking).toMatchObject({ step: 'ingest', failure: { type: 'SourceNotAllowed' } });
    const args: [AbortArguments] = [{ parkingId: parking.parkingId, reason: 'it is not ours' }];
    await handle.executeUpdate<Decided, typeof args>(RUN_UPDATES.abort, { args });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted', message: 'it is not ours' } });
    const progress = await handle.query<RunProgress>(QUERIES.progress);
    expect(progress).toMatchObject({
      state: 'aborted',
      steps: [{ step: 'ingest', state: 'failed' }, {}, {}, {}, {}, {}],
    });
  });

  it('can be cancelled while it trains, and says so', async () => {
    const handle = await start('cancelled', small({ train: { trainSteps: 100_000, seed: 9 } }));
    await expect.poll(async () => (await handle.query<RunProgress>(QUERIES.progress)).steps[3]!.state).toBe('running');
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    const { firstExecutionRunId } = handle;
    const outcome = await stack.store.get(keys.outcome({ workflowId: 'cancelled', firstExecutionRunId }));
    expect(parseOutcome(outcome!.bytes).state).toBe('cancelled');
  });
});

async function all(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of stack.store.list(prefix)) found.push(key);
  return found;
}

/** Images, inputs, the pool, weights: what these steps made besides their manifests, as far as somebody got it. */
async function bytesReadOf(steps: readonly string[]): Promise<string[]> {
  const made = new Set<string>();
  for (const step of steps)
    for (const key of await all(keys.stepsOf(step)))
      for (const blob of blobsBesideManifest(parseStepRecord((await stack.store.get(key))!.bytes))) made.add(blob.key);
  expect(made.size).toBeGreaterThan(0);
  expect(requests.some((request) => request.includes(keys.stepsOf('ingest')))).toBe(true);
  return [...made].filter((key) => requests.some((request) => request.startsWith('GET ') && request.includes(key)));
}

const blobsBesideManifest = ({ blobs, output }: StepRecord) => blobs.filter(({ key }) => key !== output.key);

/** Runs a finished workflow's last step once more, as a retry that comes after everything else would. */
async function resetBeforePublish(workflowId: string) {
  const { client } = stack.temporal.environment;
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const isPublish = ({ activityTaskScheduledEventAttributes: scheduled }: (typeof events & object)[number]): boolean =>
    scheduled?.activityType?.name === 'publish';
  const before = events!.slice(0, events!.findIndex(isPublish));
  const task = before.findLast((event) => event.workflowTaskCompletedEventAttributes)!;
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  const reset = await client.workflowService.resetWorkflowExecution({
    namespace: stack.temporal.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: task.eventId!, // the one that scheduled it
    reason: 'a late retry',
    requestId: `reset-${workflowId}`,
  });
  return client.workflow.getHandle(workflowId, reset.runId);
}
