// An inference worker with all its parts real: store, manager, threads, server.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { openStore } from '../../artifacts/open-store.ts';
import { readAliases, readVersion } from '../../artifacts/registry.ts';
import type { Store } from '../../artifacts/store.ts';
import { checkoutFolder } from '../../config/home.ts';
import { createModelManager } from '../../inference/model-manager.ts';
import { createReaderPool } from '../../inference/reader-pool.ts';
import { httpRoutes } from '../../inference/routes/http-routes.ts';
import { createInferenceServer } from '../../inference/server.ts';
import { readerThreadFile } from '../../workers/reader-thread-file.ts';
import { publishRandomModel } from '../inference/published-model.ts';
import { silentServingLog } from '../support/silent-log.ts';

export interface ClientsWorker {
  url: URL;
  close(): Promise<void>;
}

/** @param storeUrl a `file:` URL of a store with a champion @default a store in memory with a model of random weights */
export async function startWorker(storeUrl?: string): Promise<ClientsWorker> {
  const store =
    storeUrl === undefined ? await randomStore() : openStore({ kind: 'file', folder: fileURLToPath(storeUrl) });
  const { champion = 1 } = await readAliases(store, 'digits');
  const { signature } = await readVersion(store, 'digits', champion);
  const cacheFolder = await mkdtemp(path.join(tmpdir(), 'digitflow-clients-'));
  const log = silentServingLog;
  const pool = createReaderPool({ threadFile: await readerThreadFile(checkoutFolder), threads: 2, log });
  const manager = createModelManager({ store, pool, trustedKeys: [signature.publicKey], cacheFolder, log });
  await manager.check();
  const routes = [httpRoutes];
  const server = await createInferenceServer({
    manager,
    pool,
    store,
    log,
    routes,
    workerId: 'clients',
    version: '0.0.0',
  });
  await server.listen();
  return {
    url: new URL(server.url),
    async close() {
      await server.close();
      await manager.close();
      await pool.close();
      await rm(cacheFolder, { recursive: true, force: true });
    },
  };
}

async function randomStore(): Promise<Store> {
  const store = createMemoryStore();
  await publishRandomModel(store);
  return store;
}
