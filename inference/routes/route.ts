// What every group of routes is given, and the shape of one.

import type { FastifyInstance } from 'fastify';
import type { Store } from '../../artifacts/store.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { ModelManager, ReaderPool } from '../serving.ts';

export interface RouteDependencies {
  manager: ModelManager;
  pool: ReaderPool;
  /** To read files of published versions. */
  store: Store;
  /** False while draining or before the first model. */
  isReady(): boolean;
  /** Routes count their own requests: only they know protocol and reason. */
  metrics: ServingMetrics;
  version: string;
}

/** Registers its routes on an instance of its own (its hooks and parsers stay inside). */
export type Routes = (app: FastifyInstance, dependencies: RouteDependencies) => Promise<void> | void;
