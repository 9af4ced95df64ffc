// The real context: connections by environment and home, each opened once and only when asked for. What a connection
// needs is loaded with it: verbs that talk to nobody answer at once.

import type { Store } from '../artifacts/store.ts';
import { resolveConnections, resolveStore, resolveTemporal } from '../config/connection.ts';
import { readEndpoints } from '../config/endpoints.ts';
import { homeFolder, homePaths } from '../config/home.ts';
import type { CliContext } from './context.ts';
import type { TemporalSession } from './temporal.ts';

export function openContext(options: Pick<CliContext, 'terminal' | 'environment' | 'folder' | 'signal'>): CliContext {
  const { environment } = options;
  const paths = homePaths(homeFolder(environment));
  let store: Promise<Store> | undefined;
  let temporal: Promise<TemporalSession> | undefined;

  async function openStore(): Promise<Store> {
    const connection = resolveStore(environment, readEndpoints(paths.endpoints), paths);
    const artifacts = await import('../artifacts/open-store.ts');
    return artifacts.openStore(connection);
  }
  async function openTemporal(): Promise<TemporalSession> {
    const connection = resolveTemporal(environment, readEndpoints(paths.endpoints), paths);
    const { connectTemporal } = await import('./temporal.ts');
    return connectTemporal(connection);
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
