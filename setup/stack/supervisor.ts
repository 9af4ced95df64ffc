// The supervisor: holds the lock of a home, starts the parts in order, keeps them running, stops them in order.

import { join } from 'node:path';
import { pino } from 'pino';
import type { StoreConnection, TemporalConnection } from '../../config/connection.ts';
import type { Endpoints } from '../../config/endpoints.ts';
import { ensureSigningKey } from '../signing-key.ts';
import { complaintsIn } from './complaints.ts';
import { endpointsOf } from './endpoints-of.ts';
import { servingEnvironment, workerEnvironment } from './environment.ts';
import { StackInterrupted } from './errors.ts';
import { describeEvent, type Report, severityOf } from './events.ts';
import { removeIfThere, writeWhole } from './files.ts';
import { cleanUpLeftovers, stopRank } from './leftovers.ts';
import { type LogFile, openLog } from './log-file.ts';
import { forgetStack, noteStack, portsOfNeighbours } from './neighbours.ts';
import { createPart, type PartSpec } from './part.ts';
import { createPartList } from './part-list.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { type ProcessLock, tryLock } from './process-lock.ts';
import type { RestartPolicy } from './restart-policy.ts';
import { takeRestartRequest } from './restart-request.ts';
import { keepServingKeys, type ServingKeys } from './serving-keys.ts';
import { chooseStore, chooseTemporal, type Server, type ServerOptions } from './servers.ts';
import { openPorts } from './ports.ts';
import { onStopSignals } from './signals.ts';
import { portLockPath } from './stack-paths.ts';
import { openStateFile, type PartView, type StateFile } from './state-file.ts';
import { waitUntil } from './wait-until.ts';
import { workerPart, type WorkerSpec } from './worker-part.ts';

export interface SupervisorOptions extends Omit<ServerOptions, 'ports'> {
  workers: readonly WorkerSpec[];
  policy: RestartPolicy;
  handleSignals: boolean;
}

export interface SupervisedStack {
  temporal: TemporalConnection;
  store: StoreConnection;
  endpoints: Endpoints;
  /** Stops all parts in order and gives the lock back. Safe to repeat. */
  stop(): Promise<void>;
  /** Resolves when everything has ended, whoever asked for it. */
  stopped: Promise<void>;
}

/** Long enough for another stack of this user to start its servers on a cold, busy machine. */
const PORT_LOCK_TIMEOUT_MS = 120_000;

/**
 * Starts everything and resolves when all parts are ready. When one fails, all are stopped and the lock is given back.
 * @throws PartFailed, StackInterrupted, ComponentMissing, MissingSearchAttributes, NotReady, ConditionalWritesIgnored
 */
export async function supervise(lock: ProcessLock, options: SupervisorOptions): Promise<SupervisedStack> {
  const { paths, environment } = options;
  const logs = createLogs(paths.logs);
  const report = loggedReport(logs.open('supervisor'), options.report);
  const interrupt = new AbortController();
  const parts = createPartList();
  const views = new Map<string, PartView>();
  let state: StateFile | undefined;
  let servers: Promise<void>[] = [];
  let servingKeys: ServingKeys | undefined;
  let publish: (() => void) | undefined; // set once all are ready: until then nobody must find the stack
  let resolveStopped = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (resolveStopped = resolve));

  const changed = (view: PartView): void => {
    views.set(view.name, view);
    state?.setPart(view);
    if (view.state === 'ready') publish?.();
  };
  const startPart = (spec: PartSpec, role?: WorkerSpec['role']): Promise<void> => {
    const log = logs.open(spec.name);
    const onOutput = complaintsIn((message) => report({ kind: 'complained', part: spec.name, message }));
    const wasToRestart = (process: ProcessIdentity | undefined): boolean =>
      takeRestartRequest(paths, spec.name, process);
    const part = createPart(spec, { log, report, policy: options.policy, changed, onOutput, wasToRestart });
    return parts.start(part, stopRank(spec.name, role));
  };
  const startServer = async (name: string, server: Server<unknown>): Promise<void> => {
    if (server.spec !== undefined) return startPart(server.spec);
    const url = await server.connect!(interrupt.signal);
    changed({ name, state: 'connected', url, restarts: 0 });
    report({ kind: 'connected', part: name, url });
  };

  const start = async (): Promise<Omit<SupervisedStack, 'stop' | 'stopped'>> => {
    await cleanUpLeftovers(paths, report);
    interrupt.signal.throwIfAborted();
    state = openStateFile(paths.state, lock.holder.nonce, new Date());
    ensureSigningKey(paths.home);
    noteStack(environment, paths.home);
    const ports = openPorts(paths.ports, () => portsOfNeighbours(environment, paths.home));
    const serverOptions: ServerOptions = { ...options, ports, report };
    const temporal = chooseTemporal(serverOptions);
    const store = chooseStore(serverOptions);
    const startServers = () => {
      servers = [startServer('temporal', temporal), startServer('store', store)];
      return Promise.all(servers);
    };
    await ((temporal.spec ?? store.spec) ? withPortLock(environment, interrupt.signal, startServers) : startServers());

    const connections = { temporal: temporal.connection(), store: store.connection() };
    const forWorkers = workerEnvironment(environment, { home: paths.home, ...connections });
    const ownStore = store.spec === undefined ? undefined : connections.store;
    if (ownStore?.kind === 's3') {
      const failed = (reason: string): void =>
        report({ kind: 'complained', part: 'store', message: `keys for serving could not be renewed: ${reason}` });
      servingKeys = await keepServingKeys({
        store: ownStore,
        file: paths.servingKeys,
        signal: interrupt.signal,
        failed,
      });
    }
    const forServing = servingKeys === undefined ? forWorkers : servingEnvironment(forWorkers, paths.servingKeys);
    const startWorker = (worker: WorkerSpec): Promise<void> => {
      const isServing = worker.role === 'inference';
      return startPart(workerPart(worker, isServing ? forServing : forWorkers, ports), worker.role);
    };
    await Promise.all(options.workers.map(startWorker));
    interrupt.signal.throwIfAborted();

    const endpoints = () => endpointsOf(connections.temporal, connections.store, views.values());
    publish = () => writeWhole(paths.endpoints, JSON.stringify(endpoints(), null, 2));
    publish();
    state.setState('ready');
    return { ...connections, endpoints: endpoints() };
  };

  const stopAll = async (): Promise<void> => {
    const startedMs = performance.now();
    report({ kind: 'stopping' });
    publish = undefined;
    removeIfThere(paths.endpoints);
    state?.setState('stopping');
    interrupt.abort(new StackInterrupted('the start was interrupted; all that had started was stopped'));
    await parts.stop();
    servingKeys?.stop();
    await Promise.allSettled([startup, ...servers]); // or their last lines could still write into a home that others hold already
    removeIfThere(paths.endpoints);
    state?.remove();
    forgetStack(environment, paths.home);
    report({ kind: 'stopped', seconds: (performance.now() - startedMs) / 1000 });
    lock.release();
    forgetSignals();
    logs.close();
    resolveStopped();
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopAll());
  const forgetSignals = options.handleSignals
    ? onStopSignals({ stop: () => void stop(), kill: parts.kill })
    : () => undefined;

  const startup = start();
  try {
    return { ...(await startup), stop, stopped };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function withPortLock<Result>(
  environment: SupervisorOptions['environment'],
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const path = portLockPath(environment);
  const lock = await waitUntil(
    () => {
      const outcome = tryLock(path);
      return outcome.outcome === 'held' ? outcome.lock : undefined;
    },
    { what: `the lock ${path} that another start holds`, timeoutMs: PORT_LOCK_TIMEOUT_MS, signal },
  );
  try {
    return await work();
  } finally {
    lock.release();
  }
}

function createLogs(folder: string): { open(name: string): LogFile; close(): void } {
  const logs: LogFile[] = [];
  return {
    open(name) {
      const log = openLog(join(folder, `${name}.log`));
      logs.push(log);
      return log;
    },
    close: () => logs.forEach((log) => log.close()),
  };
}

function loggedReport(log: LogFile, report: Report): Report {
  const logger = pino({ base: { pid: process.pid } }, { write: (line: string) => log.write(line) });
  const levels = { info: 'info', warning: 'warn', error: 'error' } as const;
  return (event) => {
    logger[levels[severityOf(event)]]({ event }, describeEvent(event));
    report(event);
  };
}
