// The server of one inference worker: HTTP and WebSockets on one port, from listening to the last goodbye. It knows how to
// guard, count and stop; what the routes answer is theirs.

import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { systemClock, type Clock } from '../artifacts/clock.ts';
import type { Store } from '../artifacts/store.ts';
import { createTracker } from '../ml/reader/track.ts';
import { addErrorFormat } from './http-errors.ts';
import { defaultLimits, type ServerLimits } from './limits.ts';
import { createMetrics, type ServingMetrics } from './metrics.ts';
import { CLOSE } from './protocol.ts';
import { addRequestLog } from './request-log.ts';
import type { RouteDependencies, Routes } from './routes/route.ts';
import { hostInUrl, isLoopback, knownAddresses, type KnownAddresses } from './security/addresses.ts';
import { addGuard } from './security/guard.ts';
import { PERMISSIONS_POLICY, securityHeaders } from './security/headers.ts';
import { tokenCheck } from './security/token.ts';
import type { ModelManager, ReaderPool } from './serving.ts';
import { tellRequests, type ServerWatcher } from './server-watcher.ts';
import type { SessionDesk } from './session-desk.ts';
import { createDesk } from './sessions/desk.ts';
import { noFeedback, type FeedbackSink } from './sessions/feedback-sink.ts';
import { createScheduler } from './sessions/scheduler.ts';
import type { ServingLog } from './serving-log.ts';
import { createSocketServer } from './sessions/socket-server.ts';
import { addPage } from './static-page.ts';

export interface InferenceServerOptions {
  manager: ModelManager;
  pool: ReaderPool;
  /** To read files of published versions; handed on to the routes. */
  store: Store;
  /** As for the routes. */
  storeHealth?: RouteDependencies['storeHealth'];
  log: ServingLog;
  /** The worker's name, as in the queue `sessions-<workerId>`. */
  workerId: string;
  /** The product's version. */
  version: string;
  /** @default '127.0.0.1' */
  host?: string;
  /** @default 0, any free one */
  port?: number;
  /** PEM. */
  tls?: { cert: string | Buffer; key: string | Buffer } | undefined;
  /** SHA-256 of the token in lower-case hex; needed on any host but this machine's own. */
  tokenSha256?: string | undefined;
  /** Origins of other sites whose pages may use this worker, `https://digits.example`; their names are known hosts. */
  allowedOrigins?: readonly string[];
  /** The built page. */
  pageFolder?: string | undefined;
  /** Groups of HTTP routes, each in a scope of its own. */
  routes?: readonly Routes[];
  feedback?: FeedbackSink;
  limits?: Partial<ServerLimits>;
  metrics?: ServingMetrics;
  /** Told of every request and session that is over. */
  watcher?: ServerWatcher | undefined;
  clock?: Clock;
}

export interface InferenceServer {
  /** Where the page is, without a slash at the end. Its port is known once it listens. */
  readonly url: string;
  readonly desk: SessionDesk;
  readonly metrics: ServingMetrics;
  /** Resolves when the port is bound. @throws the system's error, EADDRINUSE among others */
  listen(): Promise<void>;
  /**
   * Not ready at once; answers what it has taken, says `bye` to every session, closes them with 1001 and stops.
   * @param options.deadlineMs after it everything is cut. @default 10 000
   */
  drain(options?: { deadlineMs?: number }): Promise<void>;
  /** Stops at once. */
  close(): Promise<void>;
}

/** Thrown when a server would be reachable by others without a token. */
export class TokenNeeded extends Error {
  override readonly name = 'TokenNeeded';
  readonly retryable = false;
  constructor(host: string) {
    super(`host: expected 127.0.0.1, ::1 or localhost while there is no token, got ${host}`);
  }
}

/** Between looks at whether everything taken has been answered. */
const QUIET_POLL_MS = 5;
/** Pages come back spread over this time, so that the next worker isn't stormed. */
const RETRY_MS = { least: 500, spread: 2_500 };

/** @throws TokenNeeded, and what reading the page's folder throws */
export async function createInferenceServer(options: InferenceServerOptions): Promise<InferenceServer> {
  const { manager, pool, store, log, workerId, version, host = '127.0.0.1', tls, tokenSha256 } = options;
  const { clock = systemClock, metrics = createMetrics(), feedback = noFeedback } = options;
  if (tokenSha256 === undefined && !isLoopback(host)) throw new TokenNeeded(host);
  const limits: ServerLimits = { ...defaultLimits(pool.threads), ...options.limits };
  const isToken = tokenSha256 === undefined ? undefined : tokenCheck(tokenSha256);
  let state: 'open' | 'draining' | 'closed' = 'open';
  let boundPort = options.port ?? 0;
  let known: KnownAddresses | undefined;

  const url = (): string =>
    `${tls === undefined ? 'http' : 'https'}://${/^(0\.0\.0\.0|::)$/.test(host) ? 'localhost' : hostInUrl(host)}:${boundPort}`;
  const addresses = (): KnownAddresses =>
    (known ??= knownAddresses({
      host,
      port: boundPort,
      tls: tls !== undefined,
      allowedOrigins: options.allowedOrigins ?? [],
    }));
  const desk = createDesk({
    workerId,
    pageUrl: url,
    clock,
    log,
    metrics,
    manager,
    feedback,
    scheduler: createScheduler({ pool, now: () => clock.monotonic() }),
    createTracker,
    ended: (figures) => options.watcher?.sessionEnded(figures),
  });
  const sockets = createSocketServer({
    desk,
    clock,
    log,
    limits,
    addresses,
    isToken,
    isOpen: () => state === 'open',
    counted: (count) => metrics.sessions(count),
  });
  const forgetSwaps = manager.onSwap((model) => desk.modelChanged(model));

  const app = openApp(limits, tls);
  const underway = addGuard(app, { addresses, isToken, requestsUnderway: limits.requestsUnderway });
  addErrorFormat(app, log);
  addRequestLog(app, log);
  if (options.watcher !== undefined) tellRequests(app, options.watcher);
  await app.register(helmet, securityHeaders(tls !== undefined));
  app.addHook('onRequest', async (_request, reply) => void reply.header('permissions-policy', PERMISSIONS_POLICY));
  await app.register(rateLimit, {
    max: ({ ip }) => (isLoopback(ip) ? limits.requestsAMinuteOnLoopback : limits.requestsAMinute),
    timeWindow: 60_000,
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
  });
  addPage(app, options.pageFolder);
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.text()),
  );
  const isReady = (): boolean => state === 'open' && manager.current() !== undefined;
  const given = { manager, pool, store, storeHealth: options.storeHealth, isReady, metrics, log, version };
  for (const routes of options.routes ?? []) await app.register(async (scope) => routes(scope, given));
  app.server.on('upgrade', (request, stream, head) => sockets.upgrade(request, stream, head));
  app.server.maxConnections = limits.connections;

  const stop = async (deadlineMs: number): Promise<void> => {
    if (state === 'closed') return;
    state = 'closed';
    forgetSwaps();
    desk.stop('worker stopped', { code: CLOSE.going, reason: 'this worker is stopping' });
    const cut = setTimeout(() => app.server.closeAllConnections(), deadlineMs);
    await Promise.all([sockets.stop(deadlineMs), app.close()]);
    clearTimeout(cut);
  };

  return {
    get url() {
      return url();
    },
    desk,
    metrics,
    async listen() {
      await app.listen({ host, port: boundPort });
      const address = app.server.address();
      if (address !== null && typeof address === 'object') boundPort = address.port;
    },
    async drain({ deadlineMs = 10_000 } = {}) {
      if (state !== 'open') return;
      state = 'draining';
      const until = clock.monotonic() + deadlineMs;
      for (const session of desk.sessions()) session.bye(Math.round(RETRY_MS.least + Math.random() * RETRY_MS.spread));
      const isQuiet = (): boolean => underway() === 0 && [...desk.sessions()].every((session) => session.isQuiet);
      while (!isQuiet() && clock.monotonic() < until) await clock.sleep(QUIET_POLL_MS);
      await stop(Math.max(0, until - clock.monotonic()));
    },
    close: () => stop(0),
  };
}

function openApp(limits: ServerLimits, tls: InferenceServerOptions['tls']): FastifyInstance {
  const http = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs), // else a slow sender is found after 30 s
  };
  const common = {
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionTimeout: limits.silenceMs, // lifted from WebSockets as they open
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  } as const;
  const app =
    tls === undefined
      ? Fastify({ ...common, http })
      : (Fastify({
          ...common,
          https: { ...http, ...tls, handshakeTimeout: limits.headersTimeoutMs },
        }) as unknown as FastifyInstance);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  return app;
}
