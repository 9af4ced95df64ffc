// What every group of routes is given, and the shape of one.

import type { FastifyInstance } from 'fastify';
import type { Store } from '../../artifacts/store.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { ServingLog } from '../serving-log.ts';
import type { ModelManager, ReaderPool } from '../serving.ts';

/** Told to anybody who asks for a worker's health: it names neither the store nor its error. */
export interface StoreHealth {
  ok: boolean;
  /** Since when it does not answer. */
  sinceSeconds?: number | undefined;
}

export interface RouteDependencies {
  manager: ModelManager;
  pool: ReaderPool;
  /** To read files of published versions. */
  store: Store;
  /** False while draining or before the first model. */
  isReady(): boolean;
  /** Whether the store answered a moment ago; must not wait for it. Undefined: not known. */
  storeHealth?: (() => StoreHealth | undefined) | undefined;
  /** Routes count their own requests: only they know protocol and reason. */
  metrics: ServingMetrics;
  /** For what went wrong inside and is not told to clients. */
  log: Pick<ServingLog, 'warn'>;
  version: string;
}

/** Registers its routes on an instance of its own (its hooks and parsers stay inside). */
export type Routes = (app: FastifyInstance, dependencies: RouteDependencies) => Promise<void> | void;
