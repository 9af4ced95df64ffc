// Inference workers of a test's own: a store with a published model, real processes, and a Temporal where it is wanted.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createPublicKey } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createBucket, openStore, type StoreLocation } from '../../artifacts/open-store.ts';
import type { Store } from '../../artifacts/store.ts';
import { checkoutFolder, homePaths } from '../../config/home.ts';
import { publishRandomModel } from '../inference/published-model.ts';
import { PATIENCE_MS } from './until.ts';

export interface InferenceProcess {
  url: string;
  process: ChildProcess;
  /** SIGTERM, and SIGKILL when that takes too long. @returns how it ended */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface InferenceStack {
  /** The home; its endpoints name the store (and Temporal). */
  folder: string;
  store: Store;
  environment: NodeJS.ProcessEnv;
  /** Publishes another champion, signed as the first. */
  publish(seed: number): Promise<void>;
  /** Starts a worker; resolves when it listens. */
  startWorker(settings?: Record<string, string>): Promise<InferenceProcess>;
  stop(): Promise<void>;
}

/**
 * @param temporal address and namespace; without one workers go without Temporal
 * @param inS3 the store's place, in which a test publishes; its keys aren't told to the workers. @default a folder
 */
export async function startInferenceStack(
  temporal?: { address: string; namespace: string },
  inS3?: Extract<StoreLocation, { kind: 's3' }>,
): Promise<InferenceStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-inference-'));
  const location = inS3 ?? { kind: 'file' as const, folder: path.join(folder, 'files') };
  await createBucket(location);
  const store = openStore(location);
  const { signingKey } = await publishRandomModel(store);
  const paths = homePaths(folder);
  await mkdir(path.dirname(paths.publicKey), { recursive: true });
  await writeFile(paths.publicKey, createPublicKey(signingKey).export({ type: 'spki', format: 'pem' }));
  const at = location.kind === 'file' ? pathToFileURL(location.folder).href : location.endpoint;
  const bucket = location.kind === 'file' ? undefined : location.bucket;
  const endpoints = { temporal: temporal?.address ?? '127.0.0.1:1', namespace: temporal?.namespace, store: at, bucket };
  await writeFile(paths.endpoints, JSON.stringify(endpoints));
  const environment = {
    ...process.env,
    DIGITFLOW_HOME: folder,
    DIGITFLOW_CACHE: path.join(folder, 'cache'),
    DIGITFLOW_INFERENCE_PORT: '0',
    DIGITFLOW_INFERENCE_THREADS: '1',
    ...(temporal === undefined && { DIGITFLOW_INFERENCE_TEMPORAL: '0' }),
  };
  const workers = new Set<InferenceProcess>();
  return {
    folder,
    store,
    environment,
    publish: async (seed) => void (await publishRandomModel(store, { seed, run: `run-${seed}`, signingKey })),
    async startWorker(settings = {}) {
      const child = fork(path.join(checkoutFolder, 'workers', 'inference.mjs'), {
        cwd: checkoutFolder,
        env: { ...environment, ...settings },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      let output = '';
      for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text) => (output += String(text)));
      const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
      const ended = exited.then(() => Promise.reject(new Error(`the worker ended:\n${output}`)));
      ended.catch(() => undefined);
      const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ endpoints: { inference: string } }];
      const worker: InferenceProcess = {
        url: message.endpoints.inference,
        process: child,
        async stop() {
          const killer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
          child.kill('SIGTERM');
          const [code, signal] = await exited;
          clearTimeout(killer);
          return { code, signal };
        },
      };
      workers.add(worker);
      return worker;
    },
    async stop() {
      await Promise.all([...workers].map((worker) => worker.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
