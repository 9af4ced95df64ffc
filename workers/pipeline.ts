// The pipeline worker: workflows and data steps on queue `pipeline`, steps that hold the engine on queue `train`, and the
// workflows of sessions, so that a session outlives the inference worker that serves it; DIGITFLOW_QUEUES names fewer.
// A composition root: it reads the configuration, opens what is needed, hands it on, and knows nothing else.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { NativeConnection, Worker, Runtime, DefaultLogger, type LogLevel } from '@temporalio/worker';
import { announceModel } from '../activities/announce-model.ts';
import { createActivities } from '../activities/index.ts';
import { createFailureInterceptor } from '../activities/failure.ts';
import { createLeaseWatch } from '../activities/lease.ts';
import { createAddressPolicy } from '../activities/sources/remote/address-policy.ts';
import { defaultEngine, watchedFingerprints } from '../activities/trainer/fingerprint.ts';
import { createWebhook } from '../activities/webhook.ts';
import { createBlobCache } from '../artifacts/blob-cache.ts';
import { systemClock } from '../artifacts/clock.ts';
import { keys } from '../artifacts/keys.ts';
import { meteredStore } from '../artifacts/metered-store.ts';
import { openStore } from '../artifacts/open-store.ts';
import { resolveConnections } from '../config/connection.ts';
import { readEndpoints } from '../config/endpoints.ts';
import { checkoutFolder } from '../config/home.ts';
import { resolveRunInput, withSettings } from '../config/resolve.ts';
import { temporalOptions, writesSearchAttributes } from '../config/temporal.ts';
import { openTracing } from '../setup/tracing/tracing.ts';
import { QUEUES } from '../workflows/contract.ts';
import { bundleCode } from './code.ts';
import { commitOf } from './commit.ts';
import { CRASH_POINT_VARIABLE, withCrashPoint } from './crash-points.ts';
import { keepSchedules } from './keep-schedules.ts';
import { keepHeartbeat } from './heartbeat.ts';
import { exitWithParent, sayReady } from './lifeline.ts';
import { log } from './log.ts';
import { createHealth } from './metrics/health.ts';
import { lateMetrics } from './metrics/late-metrics.ts';
import { sdkMetricsAddress, sdkMetricsText } from './metrics/sdk-metrics.ts';
import { type MetricsServer, startMetricsServer } from './metrics/server.ts';
import { noteCode, sourcesOfProgram } from './note-code.ts';
import { cachedWorkflowBundle } from './workflow-bundle.ts';
import { stepEntries } from './step-entries.ts';
import { identityOf, type QueueName, s3SourceSettings, workerSettings } from './settings.ts';
import { logVitals } from './vitals.ts';

/** Steps that read and write while others wait for threads: two cores keep two of them busy. */
const DATA_SLOTS = 4;

/** The SDK would hold heartbeats back for 8 s of a 10 s timeout; a cancel arrives with a heartbeat's answer. */
const HEARTBEAT_THROTTLE = '1s';

/** Under a supervisor: it ends what still runs after five seconds. */
const SUPERVISED_DRAIN_SECONDS = 1;
/** After the grace steps are cancelled: they write their last checkpoint and end their child within 2 s. */
const CANCEL_SECONDS = 3;
/** Temporal and the store of whoever asks for health. */
const HEALTH_LIMIT_MS = 3_000;

const { temporal, store: storeConnection, paths } = resolveConnections();
const tracing = await openTracing({
  service: 'digitflow-pipeline',
  version: packageJson.version,
  environment: process.env,
  warn: (message) => log.warn(message),
});
const settings = workerSettings();
const sdkMetrics = settings.metrics && (await sdkMetricsAddress());
Runtime.install({
  logger: new DefaultLogger('INFO', ({ level, message, meta }) =>
    log[pinoLevel(level)]({ ...meta, ...ourNames(meta) }, message),
  ),
  ...(sdkMetrics !== undefined && {
    telemetryOptions: { metrics: { prometheus: { bindAddress: sdkMetrics, unitSuffix: true } } },
  }),
});

const s3Sources = s3SourceSettings(storeConnection);
const webhook = settings.webhook && createWebhook({ ...settings.webhook, clock: systemClock });
createAddressPolicy(settings.urlNetworks); // a network that is none ends the start, not a run
const figures = lateMetrics(async () => {
  const { createPipelineMetrics } = await import('./metrics/pipeline-metrics.ts');
  return createPipelineMetrics({ version: packageJson.version, commit: commit?.commit ?? 'unknown' });
});
const isCounting = settings.metrics !== undefined;
const openedStore = withCrashPoint(openStore(storeConnection), process.env[CRASH_POINT_VARIABLE]);
const countedStore = isCounting ? meteredStore(openedStore, figures.counting.storeCall) : openedStore;
const store = tracing === undefined ? countedStore : meteredStore(countedStore, tracing.storeCall);
const [connection, code, codePath, programSources, commit, engine] = await Promise.all([
  NativeConnection.connect(temporalOptions(temporal)),
  bundleCode(checkoutFolder, stepEntries),
  cachedWorkflowBundle(checkoutFolder, { traced: tracing !== undefined }),
  sourcesOfProgram(checkoutFolder, 'pipeline'),
  commitOf(checkoutFolder),
  defaultEngine(),
]);
const codeNote = noteCode(checkoutFolder, [programSources, ...Object.values(code).map(({ sources }) => sources)]);
const activities = createActivities({
  store,
  clock: systemClock,
  log,
  code,
  resolve: (input) => resolveRunInput(input, { train: { engine } }),
  change: withSettings,
  environment: { ...settings, ...(s3Sources !== undefined && { s3Sources }) },
  commit,
  leaseWatch: createLeaseWatch(),
  blobCache: createBlobCache({
    store,
    folder: path.join(settings.cacheFolder, 'blobs'),
    ...(isCounting && { onLookup: figures.counting.cacheLookup }),
  }),
  fingerprint: watchedFingerprints(),
  readSigningKey: () => readFile(paths.signingKey, 'utf8'),
  announce: (model) => announceModel(() => readEndpoints(paths.endpoints)?.inference, model),
  ...(isCounting && { metrics: figures.counting }),
  ...(tracing !== undefined && { span: tracing.span }),
  ...(webhook !== undefined && { webhook }),
  place: { searchAttributes: writesSearchAttributes(process.env), webhook: webhook !== undefined },
});
const inbound = createFailureInterceptor();
const drainSeconds = process.connected ? SUPERVISED_DRAIN_SECONDS : settings.drainSeconds;
const shutdownForceTime = `${drainSeconds + CANCEL_SECONDS}s` as const;
const named = {
  connection,
  namespace: temporal.namespace,
  identity: identityOf(settings.identity, commit),
  shutdownForceTime,
  ...(tracing !== undefined && { sinks: tracing.worker.sinks }),
};
const shared = {
  ...named,
  activities,
  interceptors: { activity: [() => ({ inbound }), ...(tracing?.worker.activity ?? [])] },
  maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
  shutdownGraceTime: `${drainSeconds}s` as const,
};
const createWorker: Record<QueueName, () => Promise<Worker>> = {
  pipeline: () =>
    Worker.create({
      ...shared,
      taskQueue: QUEUES.pipeline,
      workflowBundle: { codePath },
      maxConcurrentActivityTaskExecutions: DATA_SLOTS,
      maxCachedWorkflows: 50,
    }),
  train: () => Worker.create({ ...shared, taskQueue: QUEUES.train, maxConcurrentActivityTaskExecutions: 1 }),
  sessions: () =>
    Worker.create({
      ...named,
      taskQueue: QUEUES.sessions,
      workflowBundle: { codePath },
      workflowThreadPoolSize: 1, // a few small workflows: a second thread would only hold memory
      maxCachedWorkflows: 100,
    }),
};
// Sessions begin seldom, and wait in their queue: their thread would hold up everybody else's first task.
const isLate = (queue: QueueName): boolean => queue === 'sessions' && settings.queues.length > 1;
const workers = new Map<QueueName, Worker>();
let isDraining = false;
const schedules = settings.queues.includes('pipeline') ? keepSchedules(store, temporal) : undefined;
const create = async (queue: QueueName): Promise<void> => void workers.set(queue, await createWorker[queue]());
await Promise.all([...settings.queues.filter((queue) => !isLate(queue)).map(create), schedules]);
const running = Promise.all([...workers.values()].map((worker) => worker.run()));
exitWithParent(() => {
  isDraining = true;
  log.info({ drainSeconds }, 'pipeline worker takes no more work');
  for (const worker of workers.values()) if (worker.getState() === 'RUNNING') worker.shutdown();
});
const isWell = (): boolean => [...workers.values()].every((worker) => worker.getState() === 'RUNNING');
const server = settings.metrics && (await serveMetrics(settings.metrics));
sayReady({
  ...(server !== undefined && { endpoints: { pipelineMetrics: server.url } }),
  code: Object.fromEntries(Object.entries(code).map(([name, unit]) => [name, unit.identity.bundle])),
  codeNote,
});
const runningLate = runLate(settings.queues.filter(isLate));
logVitals();
if (isCounting) void figures.load();
if (settings.heartbeatFile !== undefined) keepHeartbeat(settings.heartbeatFile, isWell, log);
if (engine === 'wasm')
  log.warn({}, 'TensorFlow is not set up here: runs that name no engine train with wasm, some times slower');
log.info(
  {
    temporal: temporal.address,
    store: storeConnection.kind,
    queues: settings.queues,
    engine,
    metrics: server?.url,
    traces: tracing !== undefined,
  },
  'pipeline worker is ready',
);
await Promise.all([running, runningLate]);
await connection.close();
await tracing?.close();
log.info('pipeline worker has ended');
process.exit(0);

/** A worker that can't be made ends the process, as one that can't be made before it is ready. */
async function runLate(queues: readonly QueueName[]): Promise<void> {
  await Promise.all(
    queues.map(async (queue) => {
      const worker = await createWorker[queue]();
      const ended = worker.run();
      workers.set(queue, worker);
      if (isDraining) worker.shutdown();
      await ended;
    }),
  );
}

/** A port that can't be had is no reason to do no work. */
async function serveMetrics(place: { host: string; port: number }): Promise<MetricsServer | undefined> {
  try {
    return await startMetricsServer({
      ...place,
      isAlive: () => isDraining || isWell(),
      health: createHealth({ isDraining: () => isDraining, limitMs: HEALTH_LIMIT_MS, checks: healthChecks() }),
      async metrics() {
        const own = await figures.load();
        const texts = await Promise.all([own.text(), sdkMetricsText(sdkMetrics!)]);
        return { text: texts.join('\n'), contentType: own.contentType };
      },
    });
  } catch (error) {
    log.error({ ...place, error: String(error) }, 'metrics and health cannot be served');
    return undefined;
  }
}

function healthChecks(): Record<string, () => Promise<unknown>> {
  return {
    store: () => openedStore.head(keys.probe('health')),
    temporal: () =>
      connection.withDeadline(Date.now() + HEALTH_LIMIT_MS, () => connection.workflowService.getSystemInfo({})),
    polling: async () => {
      const stopped = settings.queues.filter((queue) => workers.get(queue)?.getState() !== 'RUNNING');
      if (stopped.length > 0) throw new Error(`takes nothing from ${stopped.join(', ')}`);
    },
  };
}

/** The SDK has names of its own for what our lines call run and step. */
function ourNames({ workflowId, activityType }: Record<string, unknown> = {}): object {
  return {
    ...(typeof workflowId === 'string' && { run: workflowId }),
    ...(typeof activityType === 'string' && { step: activityType }),
  };
}

function pinoLevel(level: LogLevel): 'trace' | 'debug' | 'info' | 'warn' | 'error' {
  return level.toLowerCase() as Lowercase<LogLevel>;
}
