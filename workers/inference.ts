// The inference worker: pulls the champion, reads frames of sessions and answers HTTP, serves the page. A composition root:
// it reads the configuration, opens what is needed, hands it on, and knows nothing else.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import getPort, { portNumbers } from 'get-port';
import packageJson from '../package.json' with { type: 'json' };
import { createSessionKeeper } from '../activities/session-keeper.ts';
import { systemClock } from '../artifacts/clock.ts';
import { keys } from '../artifacts/keys.ts';
import { meteredStore } from '../artifacts/metered-store.ts';
import { openStore } from '../artifacts/open-store.ts';
import { encodedPublicKey } from '../artifacts/signature.ts';
import { resolveStore, resolveTemporal, type TemporalConnection } from '../config/connection.ts';
import { readEndpoints } from '../config/endpoints.ts';
import { checkoutFolder, homeFolder, homePaths } from '../config/home.ts';
import { DEFAULT_INFERENCE_PORT, inferenceSettings } from '../config/inference.ts';
import { trustedKeysOf } from '../config/lists.ts';
import { writesSearchAttributes } from '../config/temporal.ts';
import { createFeedbackSink } from '../inference/feedback.ts';
import { startFeedbackSweep } from '../inference/feedback-sweep.ts';
import { createMetrics } from '../inference/metrics.ts';
import { createModelManager } from '../inference/model-manager.ts';
import { createReaderPool } from '../inference/reader-pool.ts';
import { httpRoutes } from '../inference/routes/http-routes.ts';
import { createInferenceServer } from '../inference/server.ts';
import { openTracing } from '../setup/tracing/tracing.ts';
import { buildPage, type BuiltPage } from '../setup/web-page.ts';
import { exitWithParent, sayReady } from './lifeline.ts';
import { log } from './log.ts';
import { createHealth } from './metrics/health.ts';
import { watchHealth } from './metrics/health-watch.ts';
import { noteServingCode } from './note-serving-code.ts';
import { readerThreadFile } from './reader-thread-file.ts';
import { servingSpans } from './serving-spans.ts';
import type { SessionWorkers } from './session-workers.ts';
import { workerSettings } from './settings.ts';
import { logVitals } from './vitals.ts';

/** How far the search for a free port goes. */
const PORTS = 200;
/** How long Temporal waits for the first model: a store that is away has none. */
const MODEL_FIRST_MS = 3_000;
/** For summaries that are not stored yet when the worker stops: a disk may be slow. One that is away refuses sooner. */
const KEEP_LIMIT_MS = 4_000;
/** For what is closed after that. */
const CLOSING_MS = 1_000;

const settings = inferenceSettings();
const paths = homePaths(homeFolder());
const endpoints = readEndpoints(paths.endpoints);
const tracing = await openTracing({
  service: 'digitflow-inference',
  version: packageJson.version,
  environment: process.env,
  warn: (message) => log.warn(message),
});
const openedStore = openStore(resolveStore(process.env, endpoints, paths));
const store = tracing === undefined ? openedStore : meteredStore(openedStore, tracing.storeCall);
const clock = systemClock;
const metrics = createMetrics();
const feedback = createFeedbackSink({ store, clock });
const threads = readerThreadFile(checkoutFolder);
const pages = builtPage();
const [threadFile, page, codeNote, trustedKeys, tls, port] = await Promise.all([
  threads,
  pages,
  Promise.all([threads, pages]).then(([, page]) => noteServingCode(checkoutFolder, page?.folder)),
  readTrustedKeys(),
  readTls(),
  settings.port ??
    getPort({ host: settings.host, port: portNumbers(DEFAULT_INFERENCE_PORT, DEFAULT_INFERENCE_PORT + PORTS) }),
  feedback.check(),
]);
const pool = createReaderPool({
  threadFile,
  runtime: settings.runtime,
  log,
  ...(settings.threads !== undefined && { threads: settings.threads }),
});
const manager = createModelManager({
  store,
  pool,
  modelName: settings.model,
  pinnedVersion: settings.version,
  trustedKeys,
  insecureUnsigned: settings.insecureUnsigned,
  cacheFolder: workerSettings().cacheFolder,
  log,
  onLoadFailure: (reason) => metrics.modelLoadFailed(reason),
});
// By what serving keys may read; the worker's probes are nobody's calls: spans of them would bury the others.
const asksStore = { store: () => openedStore.head(keys.aliases(settings.model)) };
const askHealth = createHealth({ checks: asksStore, isDraining: () => false });
const health = watchHealth(async () => {
  const told = await askHealth();
  metrics.storeUp(told.checks['store']!.ok);
  return told;
});
const server = await createInferenceServer({
  manager,
  pool,
  store,
  storeHealth: () => {
    const { ok, sinceSeconds } = health.last()?.checks['store'] ?? {};
    return ok === undefined ? undefined : { ok, sinceSeconds };
  },
  log,
  workerId: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`,
  version: packageJson.version,
  host: settings.host,
  port,
  tls,
  tokenSha256: settings.tokenSha256,
  allowedOrigins: settings.allowedOrigins,
  pageFolder: page?.folder,
  routes: [httpRoutes],
  feedback,
  limits: settings.maxSockets === undefined ? {} : { sockets: settings.maxSockets },
  metrics,
  watcher: tracing && servingSpans(tracing),
  clock,
});
const keeper = createSessionKeeper({ desk: server.desk, store, clock, log });
server.desk.onOpened((session) => keeper.keep(session));
const temporal = settings.temporal ? resolveTemporal(process.env, endpoints, paths) : undefined;
await listen();
let isStopping = false;
const sessions = temporal && openSessions(temporal);
const stopSweep = startFeedbackSweep({ store, clock, log });

exitWithParent(() => {
  void stop();
});
sayReady({ endpoints: { inference: server.url }, ...(codeNote !== undefined && { codeNote }) });
logVitals();
log.info({ url: server.url, model: settings.model, threads: pool.threads }, 'inference worker is ready');

/** Sessions first: their workflows hear how they ended while there is still somebody to tell it. */
async function stop(): Promise<void> {
  const deadline = setTimeout(() => process.exit(1), settings.drainMs + KEEP_LIMIT_MS + CLOSING_MS);
  deadline.unref();
  isStopping = true;
  await server.drain({ deadlineMs: settings.drainMs });
  await Promise.all([
    keeper.close(KEEP_LIMIT_MS),
    sessions?.then((opened) => opened?.close()),
    manager.close(),
    stopSweep(),
  ]);
  health.stop();
  await pool.close();
  await tracing?.close();
  log.info('inference worker has ended');
  process.exit(0);
}

/** A port that is taken, or may not be used, is a matter of one line. */
async function listen(): Promise<void> {
  try {
    await server.listen();
  } catch (error) {
    const { code = '', syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'listen') throw error;
    const why = code === 'EADDRINUSE' ? 'another program has it' : code;
    process.stderr.write(`expected to listen at ${settings.host} port ${port}, but ${why}\n`);
    process.exit(1);
  }
}

/**
 * Loaded when frames are answered already: Temporal's client takes longer to load than a model, and the main thread with it.
 * Sessions that pages open before are told to Temporal then.
 */
async function openSessions(temporal: TemporalConnection): Promise<SessionWorkers | undefined> {
  await Promise.race([manager.check().catch(() => undefined), clock.sleep(MODEL_FIRST_MS)]);
  if (isStopping) return undefined; // loading it would hold up what is still to be stored
  const { startSessionWorkers } = await import('./session-workers.ts');
  return startSessionWorkers({
    desk: server.desk,
    store,
    clock,
    keeper,
    temporal,
    identity: workerSettings().identity,
    searchAttributes: writesSearchAttributes(process.env),
    tracing,
  });
}

async function readTrustedKeys(): Promise<string[]> {
  const keys = trustedKeysOf(process.env);
  const path = settings.publicKeyPath ?? paths.publicKey;
  try {
    return [...keys, encodedPublicKey(await readFile(path, 'utf8'))];
  } catch (error) {
    if (keys.length === 0 && !settings.insecureUnsigned)
      log.error({ path, error: String(error) }, 'no public key: every model is refused');
    return keys;
  }
}

/** A page that can't be built is no reason to serve nothing else. */
async function builtPage(): Promise<BuiltPage | undefined> {
  try {
    return await buildPage();
  } catch (error) {
    log.error({ error: String(error) }, 'the page could not be built');
    return undefined;
  }
}

async function readTls(): Promise<{ cert: string; key: string } | undefined> {
  if (settings.tls === undefined) return undefined;
  const [cert, key] = await Promise.all([
    readFile(settings.tls.certificatePath, 'utf8'),
    readFile(settings.tls.keyPath, 'utf8'),
  ]);
  return { cert, key };
}
