// The pipeline worker: workflows and data steps on queue `pipeline`, steps that hold the engine on queue `train`, and the
// workflows of sessions, so that a session outlives the inference worker that serves it; DIGITFLOW_QUEUES names fewer.
// A composition root: it reads the configuration, opens what is needed, hands it on, and knows nothing else.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { NativeConnection, Worker, Runtime, DefaultLogger, type LogLevel } from '@temporalio/worker';
import { announceModel } from '../activities/announce-model.ts';
import { createActivities } from '../activities/index.ts';
import { createFailureInterceptor } from '../activities/failure.ts';
import { createLeaseWatch } from '../activities/lease.ts';
import { createAddressPolicy } from '../activities/sources/remote/address-policy.ts';
import { defaultEngine, watchedFingerprints } from '../activities/trainer/fingerprint.ts';
import { createBlobCache } from '../artifacts/blob-cache.ts';
import { systemClock } from '../artifacts/clock.ts';
import { openStore } from '../artifacts/open-store.ts';
import { resolveConnections } from '../config/connection.ts';
import { readEndpoints } from '../config/endpoints.ts';
import { checkoutFolder } from '../config/home.ts';
import { resolveRunInput, withSettings } from '../config/resolve.ts';
import { temporalOptions } from '../config/temporal.ts';
import { QUEUES } from '../workflows/contract.ts';
import { bundleCode } from './code.ts';
import { commitOf } from './commit.ts';
import { CRASH_POINT_VARIABLE, withCrashPoint } from './crash-points.ts';
import { keepSchedules } from './keep-schedules.ts';
import { keepHeartbeat } from './heartbeat.ts';
import { exitWithParent, sayReady } from './lifeline.ts';
import { log } from './log.ts';
import { noteCode, sourcesOfProgram } from './note-code.ts';
import { cachedWorkflowBundle } from './workflow-bundle.ts';
import { stepEntries } from './step-entries.ts';
import { type QueueName, s3SourceSettings, workerSettings } from './settings.ts';
import { logVitals } from './vitals.ts';

/** Steps that read and write while others wait for threads: two cores keep two of them busy. */
const DATA_SLOTS = 4;

/** The SDK would hold heartbeats back for 8 s of a 10 s timeout; a cancel arrives with a heartbeat's answer. */
const HEARTBEAT_THROTTLE = '1s';

/** At shutdown steps are cancelled after the grace: they write their last checkpoint and end their child within 2 s. */
const SHUTDOWN_GRACE = '1s';
/** The supervisor ends what still runs after five. */
const SHUTDOWN_FORCE = '4s';

Runtime.install({
  logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[pinoLevel(level)]({ ...meta }, message)),
});

const { temporal, store: storeConnection, paths } = resolveConnections();
const settings = workerSettings();
const s3Sources = s3SourceSettings(storeConnection);
createAddressPolicy(settings.urlNetworks); // a network that is none ends the start, not a run
const store = withCrashPoint(openStore(storeConnection), process.env[CRASH_POINT_VARIABLE]);
const [connection, code, codePath, programSources, commit, engine] = await Promise.all([
  NativeConnection.connect(temporalOptions(temporal)),
  bundleCode(checkoutFolder, stepEntries),
  cachedWorkflowBundle(checkoutFolder),
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
  blobCache: createBlobCache({ store, folder: path.join(settings.cacheFolder, 'blobs') }),
  fingerprint: watchedFingerprints(),
  readSigningKey: () => readFile(paths.signingKey, 'utf8'),
  announce: (model) => announceModel(() => readEndpoints(paths.endpoints)?.inference, model),
  trainerLog: (line) => log.info({ part: 'trainer' }, line),
});
const inbound = createFailureInterceptor();
const shared = {
  connection,
  namespace: temporal.namespace,
  activities,
  interceptors: { activity: [() => ({ inbound })] },
  maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
  shutdownGraceTime: SHUTDOWN_GRACE,
  shutdownForceTime: SHUTDOWN_FORCE,
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
      connection,
      namespace: temporal.namespace,
      taskQueue: QUEUES.sessions,
      workflowBundle: { codePath },
      workflowThreadPoolSize: 1, // a few small workflows: a second thread would only hold memory
      maxCachedWorkflows: 100,
      shutdownForceTime: SHUTDOWN_FORCE,
    }),
};
const workers = await Promise.all(settings.queues.map((queue) => createWorker[queue]()));
if (settings.queues.includes('pipeline')) await keepSchedules(store, temporal);
const running = Promise.all(workers.map((worker) => worker.run()));
exitWithParent(() => workers.forEach((worker) => worker.getState() === 'RUNNING' && worker.shutdown()));
sayReady({
  code: Object.fromEntries(Object.entries(code).map(([name, unit]) => [name, unit.identity.bundle])),
  codeNote,
});
logVitals();
const isWell = (): boolean => workers.every((worker) => worker.getState() === 'RUNNING');
if (settings.heartbeatFile !== undefined) keepHeartbeat(settings.heartbeatFile, isWell, log);
if (engine === 'wasm')
  log.warn({}, 'TensorFlow is not set up here: runs that name no engine train with wasm, some times slower');
log.info(
  { temporal: temporal.address, store: storeConnection.kind, queues: settings.queues, engine },
  'pipeline worker is ready',
);
await running;
await connection.close();
log.info('pipeline worker has ended');
process.exit(0);

function pinoLevel(level: LogLevel): 'trace' | 'debug' | 'info' | 'warn' | 'error' {
  return level.toLowerCase() as Lowercase<LogLevel>;
}
