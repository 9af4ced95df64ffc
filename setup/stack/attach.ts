// Using a stack that another process runs.

import {
  hasOwnTemporal,
  NoStack,
  resolveConnections,
  resolveStore,
  resolveTemporal,
  type StoreConnection,
  type TemporalConnection,
} from '../../config/connection.ts';
import type { Endpoints } from '../../config/endpoints.ts';
import type { Environment } from '../../config/home.ts';
import type { Report } from './events.ts';
import { isAlive } from './process-identity.ts';
import { livingHolder, type LockHolder, readHolder } from './process-lock.ts';
import { stackPaths, type StackPaths } from './stack-paths.ts';
import { readStackState, type StackState } from './state-file.ts';
import { openTemporal } from './temporal-client.ts';
import { waitUntil } from './wait-until.ts';

export interface AttachedStack {
  role: 'attached';
  /** Undefined when all comes from the environment and nobody supervises anything here. */
  supervisorPid: number | undefined;
  temporal: TemporalConnection;
  store: StoreConnection;
  /** Undefined when all comes from the environment. */
  endpoints: Endpoints | undefined;
  /** Does nothing: who attaches has started nothing. */
  stop(): Promise<void>;
}

/** A start with cold caches: servers, then workers that bundle their steps. */
const READY_TIMEOUT_MS = 240_000;

/**
 * Finds the stack of a home and waits until it is ready. With TEMPORAL_ADDRESS and S3_ENDPOINT in the environment no
 * stack is needed.
 * @throws NoStack when none runs; NotReady when it doesn't answer
 */
export async function attachStack(options: {
  home: string;
  environment?: Environment;
  report?: Report;
}): Promise<AttachedStack> {
  const { home, environment = process.env, report = () => undefined } = options;
  const paths = stackPaths(home);
  for (;;) {
    const holder = livingHolder(paths.lock);
    if (holder === undefined) return attachByEnvironment(paths, environment);
    const attached = await waitForStack(holder, { paths, environment, report });
    if (attached !== undefined) return attached;
  }
}

/** Waits until the holder's stack is ready; undefined when the holder ended or stopped it before. @throws NotReady */
export async function waitForStack(
  holder: LockHolder,
  { paths, environment, report }: { paths: StackPaths; environment: Environment; report: Report },
): Promise<AttachedStack | undefined> {
  const tell = partTeller(report);
  const found = await waitUntil(() => progressOf(holder, paths, tell), {
    what: `the stack of ${paths.home} (supervisor ${holder.pid}) to be ready`,
    timeoutMs: READY_TIMEOUT_MS,
  });
  if (found === 'gone') return undefined;
  const { temporal, store, endpoints } = resolveConnections({ ...environment, DIGITFLOW_HOME: paths.home });
  const client = await openTemporal(temporal);
  await client.connection.close();
  report({ kind: 'attached', supervisorPid: holder.pid });
  return { role: 'attached', supervisorPid: holder.pid, temporal, store, endpoints, stop: () => Promise.resolve() };
}

function progressOf(
  holder: LockHolder,
  paths: StackPaths,
  tell: (state: StackState) => void,
): 'ready' | 'gone' | undefined {
  if (!isAlive(holder) || readHolder(paths.lock)?.nonce !== holder.nonce) return 'gone';
  const state = readStackState(paths.state);
  if (state?.nonce !== holder.nonce) return undefined;
  tell(state);
  return state.state === 'ready' ? 'ready' : undefined;
}

/** Reports parts as they get ready while their supervisor, in another process, is still starting. */
function partTeller(report: Report): (state: StackState) => void {
  const told = new Set<string>();
  return ({ state, startedAt, parts }) => {
    if (state !== 'starting' && told.size === 0) return; // it was ready before anybody waited
    for (const { name: part, state: partState, readyAt, url } of parts) {
      if (partState !== 'ready' || readyAt === undefined || told.has(part)) continue;
      told.add(part);
      report({ kind: 'ready', part, url, seconds: (Date.parse(readyAt) - Date.parse(startedAt)) / 1000 });
    }
  };
}

function attachByEnvironment(paths: StackPaths, environment: Environment): AttachedStack {
  // What a killed supervisor left in endpoints.json must not count, so the environment has to name both.
  if (!hasOwnTemporal(environment) || !environment['S3_ENDPOINT']) throw new NoStack('its supervisor', paths.home);
  return {
    role: 'attached',
    supervisorPid: undefined,
    temporal: resolveTemporal(environment, undefined, paths),
    store: resolveStore(environment, undefined, paths),
    endpoints: undefined,
    stop: () => Promise.resolve(),
  };
}
