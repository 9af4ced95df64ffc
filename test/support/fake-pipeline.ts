// The pipeline's workflow on a real Temporal server, with steps that do next to nothing: each reads its inputs and writes
// a few bytes that name them, by the real path of a step and with the real records, in a store in memory. The test decides
// what fails.

import { Worker } from '@temporalio/worker';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Activities } from '../../activities/index.ts';
import type { StepCall } from '../../activities/step-call.ts';
import { createFailureInterceptor } from '../../activities/failure.ts';
import { findFinished } from '../../activities/find-finished.ts';
import { createLeaseWatch } from '../../activities/lease.ts';
import { changeRun, finishRun, recordParking, resolveRun } from '../../activities/records.ts';
import { runStep, takeFinished, type StepResult } from '../../activities/run-step.ts';
import type { StepIdentity } from '../../activities/step-key.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import type { RunIdentity } from '../../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { checkoutFolder } from '../../config/home.ts';
import type { EngineFingerprint } from '../../ml/engine.ts';
import { resolveRunInput, withSettings } from '../../config/resolve.ts';
import type { RunConfigurationInput } from '../../config/schema.ts';
import type { WorkerTracing } from '../../setup/tracing/temporal-interceptors.ts';
import { cachedWorkflowBundle } from '../../workers/workflow-bundle.ts';
import {
  QUERIES,
  QUEUES,
  TRAIN_PIPELINE,
  type Notice,
  type Parking,
  type RunPlace,
  type RunProgress,
  type TrainPipelineInput,
} from '../../workflows/contract.ts';
import { silentLog } from './silent-log.ts';
import { connectTemporal, startTemporal, type TemporalAddress, type TemporalServer } from './start-temporal.ts';
import { until } from './until.ts';

/** As our own errors say it: another attempt does not mend it. */
export class Unmendable extends Error {
  override readonly name = 'Unmendable';
  readonly retryable = false;
}

export interface FakePipeline {
  temporal: TemporalServer;
  store: Store;
  /** What each step was called with and computed, in order, e.g. `train`, `augment-0`. */
  computed: string[];
  /** Label of a step (`augment-0` for a part) → thrown instead of computing, one after the other; then it computes. */
  failures: Map<string, Error[]>;
  /** Label of a step → what it waits for before it computes. */
  holds: Map<string, Promise<unknown>>;
  /** What its engine's fingerprint says of the machine; may be changed. */
  machine: { cpu: string };
  start(workflowId: string, input?: TrainPipelineInput): Promise<WorkflowHandleWithFirstExecutionRunId>;
  /** Waits until the run is parked. */
  parked(workflowId: string): Promise<Parking>;
  stop(): Promise<void>;
}

const fingerprintOf = (cpu: string): EngineFingerprint => ({
  engine: 'tfjs-node',
  libraries: {},
  oneDnn: false,
  maxCpuIsa: 'AVX2',
  threads: 1,
  cpu,
});

export interface FakePipelineOptions {
  /** A server that runs already, and stays. @default one of its own */
  server?: TemporalAddress;
  /** Done by `publish`, which else publishes nothing. */
  publish?: (run: RunIdentity) => Promise<unknown>;
  /** Which code its worker runs. @default '' */
  code?: string;
  /** What its worker says of its place. */
  place?: RunPlace;
  /** Its worker makes spans. */
  tracing?: WorkerTracing;
  /** Told what a webhook would be. */
  notify?: (notice: Notice) => Promise<void>;
  /** What its worker takes where a run says nothing. */
  defaults?: RunConfigurationInput;
}

export async function startFakePipeline(
  store: Store = createMemoryStore(),
  { server, publish, code = '', place, tracing, notify, defaults }: FakePipelineOptions = {},
): Promise<FakePipeline> {
  const temporal = await (server === undefined ? startTemporal() : connectTemporal(server));
  const computed: string[] = [];
  const failures = new Map<string, Error[]>();
  const holds = new Map<string, Promise<unknown>>();
  const machine = { cpu: 'a' };
  const records = {
    store,
    clock: systemClock,
    resolve: (input: unknown) => resolveRunInput(input, defaults),
    change: withSettings,
    ...(place !== undefined && { place }),
  };
  const dependencies = { store, clock: systemClock, log: silentLog, leaseWatch: createLeaseWatch() };

  const runOf = (run: RunIdentity) => ({ ...run, attempt: activityInfo().attempt });
  const identityOf = (name: string, parameters: object, inputs: Record<string, ArtifactRef>): StepIdentity => ({
    step: name,
    parameters,
    inputs,
    codeIdentity: { bundle: `${name}${code}` },
    ...((name === 'train' || name === 'evaluate') && { engine: fingerprintOf(machine.cpu) }),
  });

  const step = (
    name: string,
    { run, parameters, inputs, options }: StepCall<object, Record<string, ArtifactRef>>,
    { label = name, summary = {} }: { label?: string; summary?: Record<string, unknown> } = {},
  ): Promise<StepResult> =>
    runStep(
      dependencies,
      {
        ...identityOf(name, parameters, inputs),
        run: runOf(run),
        label,
        options: { ...options, ...(name === 'publish' && { reuse: 'never' }) },
      },
      async (context) => {
        const failure = failures.get(label)?.shift();
        if (failure !== undefined) throw failure;
        await holds.get(label);
        for (const ref of Object.values(inputs)) await context.read(ref);
        computed.push(label);
        if (name === 'publish') await publish?.(run);
        const made = { label, parameters, inputs };
        const part = await context.write(Buffer.from(`a blob of ${JSON.stringify(made)}`));
        const output = await context.write(Buffer.from(JSON.stringify({ ...made, part })));
        return { output, summary: { ...summary, ...(name === 'evaluate' && { report: output }) } };
      },
    );

  const test = { accuracy: 1, loss: 0, bySource: {} };
  const published = { name: 'digits', version: 1, digest: 'd'.repeat(64), gate: 'promoted', verdict: 'a test' };
  const activities: Activities = {
    resolveRun: (call) => resolveRun(records, call),
    changeRun: async (call) => changeRun(records, call),
    recordParking: (call) => recordParking(records, call, activityInfo().workflowExecution!.runId),
    finishRun: (call) => finishRun(records, call, activityInfo().workflowExecution!.runId),
    notify: async ({ notice }) => notify?.(notice),
    findFinished: (call) =>
      findFinished(
        {
          log: silentLog,
          signal: cancellationSignal(),
          find: ({ step: name, label, parameters }, inputs) =>
            takeFinished(dependencies, { ...identityOf(name, parameters, inputs), run: runOf(call.run), label }),
        },
        call,
      ),
    ingest: (call) => step('ingest', { ...call, inputs: {} }),
    preprocess: (call) => step('preprocess', call),
    augmentPart: (call) => step('augment', call, { label: `augment-${call.parameters.part}` }),
    augment: (call) => step('augment', call),
    train: (call) => step('train', call),
    evaluate: (call) => step('evaluate', call, { summary: { test } }),
    publish: (call) => step('publish', call, { summary: published }),
  };
  const inbound = createFailureInterceptor();
  const shared = {
    connection: temporal.environment.nativeConnection,
    namespace: temporal.namespace,
    activities,
    interceptors: { activity: [() => ({ inbound }), ...(tracing?.activity ?? [])] },
    ...(tracing !== undefined && { sinks: tracing.sinks }),
  };
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue: QUEUES.pipeline,
      workflowBundle: { codePath: await cachedWorkflowBundle(checkoutFolder, { traced: tracing !== undefined }) },
    }),
    Worker.create({ ...shared, taskQueue: QUEUES.train }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const { client } = temporal.environment;
  return {
    temporal,
    store,
    computed,
    failures,
    holds,
    machine,
    start: (workflowId, input) =>
      client.workflow.start(TRAIN_PIPELINE, {
        workflowId,
        taskQueue: QUEUES.pipeline,
        args: input === undefined ? [] : [input],
      }),
    parked: (workflowId) =>
      until(async () => (await client.workflow.getHandle(workflowId).query<RunProgress>(QUERIES.progress)).parking),
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
      await temporal.stop();
    },
  };
}
