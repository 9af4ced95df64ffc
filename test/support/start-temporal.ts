// A real Temporal dev server of a test's own.

import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { findExecutable } from './executable.ts';
import { freePort } from './ports-apart.ts';

export interface TemporalAddress {
  /** `host:port` of the frontend. */
  address: string;
  namespace: string;
}

export interface TemporalServer extends TemporalAddress {
  environment: TestWorkflowEnvironment;
  stop(): Promise<void>;
}

/** Starts a server of one's own, for tests that stop it; its database is in memory. @throws ExecutableMissing */
export async function startTemporal(at: { port?: number; uiPort?: number } = {}): Promise<TemporalServer> {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: findExecutable('temporal', 'DIGITFLOW_TEMPORAL') },
      ui: at.uiPort !== undefined,
      port: await freePort(),
      ...at,
      searchAttributes: Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => ({ name, type })),
    },
  });
  return {
    address: environment.address,
    namespace: environment.namespace ?? 'default',
    environment,
    stop: () => environment.teardown(),
  };
}

/** The same over a server that others started; `stop` leaves it. */
export async function connectTemporal({ address, namespace }: TemporalAddress): Promise<TemporalServer> {
  const environment = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace });
  return { address, namespace, environment, stop: () => environment.teardown() };
}
