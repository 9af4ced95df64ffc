// A Temporal server, a bucket and a pipeline worker of a test's own, as the supervisor would start them.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import type { Store } from '../../artifacts/store.ts';
import { checkoutFolder } from '../../config/home.ts';
import { ensureSigningKey } from '../../setup/signing-key.ts';
import { sharedMinio } from './minio.ts';
import { startTemporal, type TemporalServer } from './start-temporal.ts';
import { PATIENCE_MS } from './until.ts';

export interface PipelineStack {
  folder: string;
  temporal: TemporalServer;
  store: Store;
  /** Environment by which a program reaches this stack. */
  environment: NodeJS.ProcessEnv;
  /** Starts one more pipeline worker; resolves when it takes work. */
  startWorker(): Promise<ChildProcess>;
  stop(): Promise<void>;
}

/** @param endpointFor leads programs to the store by another way, e.g. a proxy; `store` goes straight to it */
export async function startPipelineStack(
  endpointFor: (endpoint: string) => Promise<string> = (endpoint) => Promise.resolve(endpoint),
): Promise<PipelineStack> {
  const [temporal, minio, folder] = await Promise.all([
    startTemporal(),
    sharedMinio(),
    mkdtemp(path.join(tmpdir(), 'digitflow-pipeline-')),
  ]);
  const connection = { ...minio, bucket: `pipeline-${randomBytes(6).toString('hex')}` };
  await createMinioBucket(connection);
  ensureSigningKey(folder);
  const environment = {
    ...process.env,
    DIGITFLOW_HOME: folder,
    DIGITFLOW_CACHE: path.join(folder, 'cache'),
    DIGITFLOW_DATA_ROOTS: path.join(folder, 'data'),
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    S3_ENDPOINT: await endpointFor(minio.endpoint),
    S3_BUCKET: connection.bucket,
    S3_ACCESS_KEY: minio.accessKey,
    S3_SECRET_KEY: minio.secretKey,
  };
  const workers = new Set<ChildProcess>();
  return {
    folder,
    temporal,
    environment,
    store: createMinioStore(connection),
    async startWorker() {
      const worker = fork(path.join(checkoutFolder, 'workers', 'pipeline.mjs'), {
        cwd: checkoutFolder,
        env: environment,
        execArgv: [],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      workers.add(worker);
      let output = '';
      for (const stream of [worker.stdout!, worker.stderr!]) stream.on('data', (text) => (output += String(text)));
      const ready = once(worker, 'message');
      const ended = once(worker, 'exit').then(() => Promise.reject(new Error(`the worker ended:\n${output}`)));
      ended.catch(() => undefined);
      await Promise.race([ready, ended]);
      return worker;
    },
    async stop() {
      await Promise.all(
        [...workers].map(async (worker) => {
          if (worker.exitCode !== null || worker.signalCode !== null) return;
          const gone = once(worker, 'exit');
          worker.kill('SIGTERM');
          const killer = setTimeout(() => worker.kill('SIGKILL'), PATIENCE_MS);
          await gone;
          clearTimeout(killer);
        }),
      );
      await temporal.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
