// A whole inference worker in the test's process: a store, a trained model, reader threads, the server and the page.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFileBucket, createFileStore } from '../../artifacts/file-store.ts';
import { publicKeyOf } from '../../artifacts/signature.ts';
import type { Store } from '../../artifacts/store.ts';
import { checkoutFolder } from '../../config/home.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { createFeedbackSink } from '../../inference/feedback.ts';
import { createModelManager } from '../../inference/model-manager.ts';
import { createReaderPool } from '../../inference/reader-pool.ts';
import { httpRoutes } from '../../inference/routes/http-routes.ts';
import { createInferenceServer, type InferenceServer, type InferenceServerOptions } from '../../inference/server.ts';
import type { SessionDesk } from '../../inference/session-desk.ts';
import { buildPage } from '../../setup/web-page.ts';
import { readerThreadFile } from '../../workers/reader-thread-file.ts';
import { freePort } from './ports-apart.ts';
import { testSigningKey } from './model-candidate.ts';
import { publishPenModel } from './pen-model.ts';
import { silentServingLog } from './silent-log.ts';

export interface PageServer {
  url: string;
  store: Store;
  /** Of the server that listens now. */
  readonly desk: SessionDesk;
  /** Publishes another model as the champion, and has the worker take it. */
  swap(seed: number): Promise<void>;
  /** Says goodbye and is gone; the models stay loaded. */
  stop(): Promise<void>;
  /** Listens again, at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startPageServer(options: Partial<InferenceServerOptions> = {}): Promise<PageServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-page-'));
  const root = path.join(folder, 'store');
  await createFileBucket(root);
  const store = createFileStore({ root });
  await publishPenModel(store);
  const [threadFile, page, port] = await Promise.all([readerThreadFile(checkoutFolder), buildPage(), freePort()]);
  const pool = createReaderPool({ threadFile, threads: 1, log: silentServingLog });
  const manager = createModelManager({
    store,
    pool,
    trustedKeys: [publicKeyOf(testSigningKey)],
    cacheFolder: path.join(folder, 'cache'),
    log: silentServingLog,
  });
  const feedback = createFeedbackSink({ store, clock: systemClock });
  await Promise.all([manager.check(), feedback.check()]);
  const open = async (): Promise<InferenceServer> => {
    const server = await createInferenceServer({
      manager,
      pool,
      store,
      log: silentServingLog,
      workerId: 'test',
      version: '0.0.0',
      port,
      pageFolder: page.folder,
      routes: [httpRoutes],
      feedback,
      ...options,
    });
    await server.listen();
    return server;
  };
  let server = await open();
  return {
    url: server.url,
    store,
    get desk() {
      return server.desk;
    },
    async swap(seed) {
      await publishPenModel(store, seed);
      await manager.check();
    },
    stop: () => server.drain({ deadlineMs: 1_000 }),
    async start() {
      server = await open();
    },
    async close() {
      await server.close();
      await manager.close();
      await pool.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
