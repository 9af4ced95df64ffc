// The real context: connections by environment and home, each opened once and only when asked for. What a connection
// needs is loaded with it: verbs that talk to nobody answer at once.

import type { Store } from '../artifacts/store.ts';
import { resolveConnections, resolveStore, resolveTemporal } from '../config/connection.ts';
import { readEndpoints } from '../config/endpoints.ts';
import { homeFolder, homePaths } from '../config/home.ts';
import type { Tracing } from '../setup/tracing/tracing.ts';
import type { CliContext } from './context.ts';
import type { TemporalSession } from './temporal.ts';

export function openContext({
  tracing,
  ...options
}: Pick<CliContext, 'terminal' | 'environment' | 'folder' | 'signal'> & { tracing?: Tracing | undefined }): CliContext {
  const { environment } = options;
  const paths = homePaths(homeFolder(environment));
  let store: Promise<Store> | undefined;
  let temporal: Promise<TemporalSession> | undefined;

  async function openStore(): Promise<Store> {
    const connection = resolveStore(environment, readEndpoints(paths.endpoints), paths);
    const artifacts = await import('../artifacts/open-store.ts');
    const opened = artifacts.openStore(connection);
    if (tracing === undefined) return opened;
    return (await import('../artifacts/metered-store.ts')).meteredStore(opened, tracing.storeCall);
  }
  async function openTemporal(): Promise<TemporalSession> {
    const connection = resolveTemporal(environment, readEndpoints(paths.endpoints), paths);
    const { connectTemporal } = await import('./temporal.ts');
    return connectTemporal(connection, tracing?.client);
  }

  return {
    ...options,
    paths,
    connections: () => resolveConnections(environment),
    store: () => (store ??= openStore()),
    temporal: () => (temporal ??= openTemporal()),
    async close() {
      await (await temporal?.catch(() => undefined))?.close();
    },
  };
}
