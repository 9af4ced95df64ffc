// The HTTP protocols on a server of their own, in front of fakes.

import Fastify, { type FastifyInstance } from 'fastify';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import type { Store } from '../../../artifacts/store.ts';
import { createMetrics, type ServingMetrics } from '../../../inference/metrics.ts';
import { httpRoutes } from '../../../inference/routes/http-routes.ts';
import type { StoreHealth } from '../../../inference/routes/route.ts';
import type { ModelManager, ReaderPool } from '../../../inference/serving.ts';
import { fakeManager, fakePool, type FakeManager, type FakePool } from '../../support/fake-serving.ts';

export interface HttpApp<M = FakeManager, P = FakePool> {
  app: FastifyInstance;
  manager: M;
  pool: P;
  metrics: ServingMetrics;
  store: Store;
  /** Errors that were logged instead of told. */
  logged: unknown[];
  /** What `isReady` says from now on. */
  setReady(ready: boolean): void;
  /** What is known of the store from now on. */
  setStoreHealth(health: StoreHealth): void;
}

interface HttpAppOptions<M, P> {
  manager: M;
  pool: P;
  store?: Store;
}

/** Over a manager and a pool of the caller's. */
export async function openHttpApp<M extends ModelManager, P extends ReaderPool>({
  manager,
  pool,
  store = createMemoryStore(),
}: HttpAppOptions<M, P>): Promise<HttpApp<M, P>> {
  let isReady = true;
  let storeHealth: StoreHealth | undefined;
  const metrics = createMetrics({ processMetrics: false });
  const logged: unknown[] = [];
  const log = { warn: ({ err }: { err?: unknown }) => void logged.push(err) };
  const app = Fastify({ logger: false });
  await app.register(async (scope) =>
    httpRoutes(scope, {
      manager,
      pool,
      store,
      metrics,
      log,
      version: '1.2.3',
      isReady: () => isReady,
      storeHealth: () => storeHealth,
    }),
  );
  await app.ready();
  return {
    app,
    manager,
    pool,
    metrics,
    store,
    logged,
    setReady: (ready) => void (isReady = ready),
    setStoreHealth: (health) => void (storeHealth = health),
  };
}

export async function fakeHttpApp(store?: Store): Promise<HttpApp> {
  const manager = fakeManager();
  return openHttpApp({ manager, pool: fakePool(manager), ...(store && { store }) });
}

/** Network inputs whose first pixel names the class that the fake pool answers: [count, 32, 32, 1]. */
export function fakeInputs(...classes: number[]): Float32Array {
  const values = new Float32Array(classes.length * 1_024);
  classes.forEach((index, row) => (values[row * 1_024] = index / 255));
  return values;
}

/** The same as raw little-endian bytes. */
export const rawBytes = (values: Float32Array): Buffer =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);
