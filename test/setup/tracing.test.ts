// Traces: off by default; a run's own from the command line through workflow and steps to the store; never in the way.

import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { meteredStore } from '../../artifacts/metered-store.ts';
import { checkoutFolder } from '../../config/home.ts';
import { httpRoutes } from '../../inference/routes/http-routes.ts';
import { openTracing, tracesUrl, type Tracing, type TracingOptions } from '../../setup/tracing/tracing.ts';
import { servingSpans } from '../../workers/serving-spans.ts';
import { replayHistories } from '../../workers/replay-histories.ts';
import { openCliHome, type CliHome } from '../cli/cli-process.ts';
import { connect, grayFrame, startTestServer } from '../inference/server/serving.ts';
import { startFakePipeline, Unmendable, type FakePipeline } from '../support/fake-pipeline.ts';
import { sharedTemporal } from '../support/temporal.ts';
import { startTraceReceiver, type ReceivedSpan, type TraceReceiver } from '../support/trace-receiver.ts';
import { bestOf, millisecondsOf } from '../support/best-of.ts';

const loaded = (): string[] =>
  Object.keys(createRequire(import.meta.url).cache).filter((file) => /@opentelemetry\/(sdk|exporter)/.test(file));

const open = (url: string, warnings: string[] = [], service: TracingOptions['service'] = 'digitflow-pipeline') =>
  openTracing({
    service,
    version: '1',
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: url },
    warn: (message) => warnings.push(message),
  });

describe('by default', () => {
  test('nothing is traced, and no library loaded', async () => {
    const home = await openCliHome();
    const { exitCode } = await home.run(['models', '--json']);
    home.remove();
    expect(exitCode).toBe(0);
    expect(
      await openTracing({ service: 'digitflow-cli', version: '1', environment: {}, warn: () => undefined }),
    ).toBeUndefined();
    expect(loaded()).toEqual([]);
  });

  test("OpenTelemetry's own variables say where spans go, and switch them off", () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318/';
    const OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = 'http://traces:4318/here';
    expect(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT })).toBe('http://collector:4318/v1/traces');
    expect(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT })).toBe(
      'http://traces:4318/here',
    );
    expect(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBeUndefined();
    expect(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    expect(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
  });
});

describe('a run that is traced', () => {
  let receiver: TraceReceiver;
  let tracing: Tracing;
  let pipeline: FakePipeline;
  let home: CliHome;
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await pipeline?.stop();
    isStopped = true;
    await tracing?.close(); // sends what is left
  };

  beforeAll(async () => {
    receiver = await startTraceReceiver();
    tracing = (await open(receiver.url))!;
    const store = meteredStore(createMemoryStore(), tracing.storeCall);
    const server = await sharedTemporal();
    pipeline = await startFakePipeline(store, { server, tracing: tracing.worker });
    home = await openCliHome();
  });
  afterAll(async () => {
    await stop();
    home?.remove();
    await receiver?.stop();
  });

  test('is one trace from the command through workflow and steps to the store', async () => {
    const { address, namespace, environment } = pipeline.temporal;
    pipeline.failures.set('preprocess', [new Error('of blobs/sha256/ab/secret in https://user:word@example.org')]);
    const started = await home.run(['train', '--detach', '--json', '--id', 'traced-run'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
    });
    expect(started).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('traces could not') as string });
    const handle = environment.client.workflow.getHandle('traced-run');
    await handle.result();
    const history = await handle.fetchHistory();
    await stop();

    const { spans } = receiver;
    const root = only(spans, 'digitflow train');
    const ofRun = spans.filter(({ traceId }) => traceId === root.traceId);
    expect(root.service).toBe('digitflow-cli');
    expect(root.parentSpanId ?? '').toBe('');
    const start = only(ofRun, 'StartWorkflow:trainPipeline');
    const workflow = only(ofRun, 'RunWorkflow:trainPipeline');
    expect(start).toMatchObject({ service: 'digitflow-cli', parentSpanId: root.spanId });
    expect(workflow).toMatchObject({ service: 'digitflow-pipeline', parentSpanId: start.spanId });
    const attempts = ofRun.filter(({ name }) => name === 'RunActivity:preprocess');
    expect(attempts.map(({ attributes }) => Number(attributes['digitflow.attempt'])).sort((a, b) => a - b)).toEqual([
      1, 2,
    ]);
    const train = only(ofRun, 'RunActivity:train');
    expect(train.attributes).toMatchObject({ 'digitflow.run': 'traced-run', 'digitflow.step': 'train' });
    const scheduled = ofRun.find(({ spanId }) => spanId === train.parentSpanId)!;
    expect(scheduled).toMatchObject({ name: 'StartActivity:train', parentSpanId: workflow.spanId });
    const calls = ofRun.filter(({ parentSpanId }) => parentSpanId === train.spanId);
    expect(calls.map(({ attributes }) => attributes)).toContainEqual(
      expect.objectContaining({
        'digitflow.store.operation': 'putIfAbsent',
        'digitflow.store.family': 'steps/train',
        'digitflow.store.outcome': 'ok',
      }),
    );
    // Names, figures, classes of errors; no keys of objects and no words of errors.
    expect(receiver.text()).not.toMatch(/blobs\/sha256|example\.org|secret/);

    // A worker without traces goes on with it, and one with traces, too.
    for (const traced of [false, true])
      for await (const replayed of replayHistories(checkoutFolder, [{ workflowId: 'traced-run', history }], { traced }))
        expect(replayed.error).toBeUndefined();
  });
});

describe('an inference worker that is traced', () => {
  test('tells of requests by their routes, in the trace that they name, and of sessions without their names', async () => {
    const receiver = await startTraceReceiver();
    const tracing = (await open(receiver.url, [], 'digitflow-inference'))!;
    const server = await startTestServer({ routes: [httpRoutes], watcher: servingSpans(tracing) });
    const traceId = 'a'.repeat(32);
    const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };
    await (await fetch(`${server.url}/v2/models/nobodys-model?session=secret`, { headers })).text();
    await (await fetch(`${server.url}/nowhere/secret`, { headers: { traceparent: 'secret' } })).text();
    await (await fetch(`${server.url}/v2/health/ready`)).text();
    const client = await connect(server.url);
    const { session } = await client.next('hello');
    client.send(grayFrame(1));
    await client.next('result');
    await server.close();
    // Its workflow is called as the session; one that the command line has named is no secret.
    for (const run of [session, 'session-20261122'])
      for (const name of [
        'RunActivity:watchSession',
        'RunWorkflow:predictionSession',
        'RunUpdate:pause',
        'CancelWorkflow',
      ])
        tracing.record(name, { seconds: 0, attributes: { 'digitflow.run': run, temporalWorkflowId: run } });
    await tracing.close();
    await receiver.stop();

    const { spans } = receiver;
    const told = spans.filter(({ name }) => !/^Run|Workflow$/.test(name)).map(({ name }) => name);
    expect(told.sort()).toEqual(['GET', 'GET /v2/models/:model', 'session']);
    expect(spans.map(({ attributes }) => attributes['digitflow.run'])).toContain('session-20261122');
    expect(only(spans, 'GET /v2/models/:model')).toMatchObject({
      service: 'digitflow-inference',
      traceId,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/v2/models/:model',
        'http.response.status_code': 404,
      },
    });
    expect(only(spans, 'GET').traceId).not.toBe(traceId);
    expect(only(spans, 'session').attributes).toMatchObject({
      'digitflow.session.source': 'browser',
      'digitflow.session.frames_received': 1,
      'digitflow.session.frames_answered': 1,
    });
    expect(receiver.text()).not.toMatch(new RegExp(`${session}|secret|nobodys-model`));
  });
});

describe('a collector', () => {
  let hanging: Server | undefined;
  afterAll(() => {
    hanging?.closeAllConnections();
    hanging?.close();
  });

  test('that is away costs one line', async () => {
    const warnings: string[] = [];
    const tracing = (await open('http://127.0.0.1:1', warnings))!;
    expect(await tracing.span('work', {}, () => Promise.resolve('done'))).toBe('done');
    await expect(tracing.span('work', {}, () => Promise.reject(new Unmendable('as ever')))).rejects.toThrow('as ever');
    await tracing.close();
    expect(warnings).toEqual([expect.stringMatching(/^traces could not be sent \(said once\): /)]);
  });

  test('that hangs holds up the end for two seconds at most', async () => {
    hanging = createServer(() => undefined);
    await new Promise<void>((resolve) => hanging!.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
    const closed = async (): Promise<number> => {
      const tracing = (await open(url))!;
      await tracing.span('work', {}, () => Promise.resolve());
      return millisecondsOf(() => tracing.close());
    };
    expect(await bestOf(4_000, closed)).toBeLessThan(4_000);
  });

  test('whose address is none leaves a program without traces', async () => {
    const warnings: string[] = [];
    expect(await open('collector', warnings)).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });
});

function only(spans: ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  expect(found, name).toHaveLength(1);
  return found[0]!;
}
