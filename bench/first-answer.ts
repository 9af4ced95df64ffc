// From the start of the inference worker's process to its first answer over a WebSocket, with the model on disk:
// `npm run bench -- first-answer [ROUNDS] [stack]`. The worker as it is started, and from its sources, in turn. With `stack`
// the champion lies in a MinIO of the bench's own and a Temporal runs (DIGITFLOW_MINIO, DIGITFLOW_TEMPORAL or the PATH).

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createBucket, openStore } from '../artifacts/open-store.ts';
import { checkoutFolder } from '../config/home.ts';
import { openSessionClient } from '../inference/client/session-client.ts';
import { startMinio } from '../test/support/start-minio.ts';
import { startTemporalProcess } from '../test/support/temporal-process.ts';
import { programBundle } from '../setup/bundles/program-bundle.ts';
import { openChampionStore } from './champion-store.ts';
import { machine, medianOf } from './harness.ts';

interface Start {
  readyMs: number;
  firstAnswerMs: number;
  /** User and system time of the worker's process at its first answer; undefined but on Linux. */
  cpuMs: number | undefined;
}

/** A tick of the kernel's process accounting. */
const TICK_MS = 10;
const WORKERS = {
  bundle: { file: 'inference.mjs', execArgv: [] },
  sources: { file: 'inference.ts', execArgv: ['--import', 'tsx'] },
};
const rounds = Number(process.argv[2] ?? 5);
const stack = process.argv[3] === 'stack' ? await startStack() : undefined;

const cacheFolder = await mkdtemp(path.join(tmpdir(), 'digitflow-first-answer-'));
const width = 320;
const height = 240;
const bytes = new Uint8Array(width * height).fill(220); // a dark bar on paper: a 1
for (let y = 60; y < 180; y++) bytes.fill(30, y * width + 150, y * width + 166);
const starts: Record<keyof typeof WORKERS, Start[]> = { bundle: [], sources: [] };
try {
  await programBundle(checkoutFolder, 'inference');
  await start('bundle'); // downloads the model
  for (let round = 0; round < rounds; round++)
    for (const name of ['bundle', 'sources'] as const) starts[name].push(await start(name));
} finally {
  await stack?.stop();
  await rm(cacheFolder, { recursive: true, force: true });
}
for (const [name, all] of Object.entries(starts))
  console.log(
    `${name.padEnd(8)} first answer after ${list(all.map((one) => one.firstAnswerMs))} ms, ` +
      `ready after ${list(all.map((one) => one.readyMs))} ms, CPU ${list(all.map((one) => one.cpuMs ?? Number.NaN))} ms`,
  );
console.log(
  JSON.stringify({
    topic: 'first-answer',
    with: stack === undefined ? 'the store of the environment' : 'MinIO and Temporal',
    starts,
    machine: machine(),
  }),
);

async function start(name: keyof typeof WORKERS): Promise<Start> {
  const { file, execArgv } = WORKERS[name];
  const began = performance.now();
  const since = (): number => Math.round(performance.now() - began);
  const child = fork(path.join(checkoutFolder, 'workers', file), {
    cwd: checkoutFolder,
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      ...stack?.environment,
      DIGITFLOW_CACHE: cacheFolder,
      DIGITFLOW_INFERENCE_PORT: '0',
      DIGITFLOW_INFERENCE_INSECURE_UNSIGNED: '1', // whose model it is changes nothing about how long it takes
    },
  });
  try {
    const [{ endpoints }] = (await once(child, 'message')) as [{ endpoints: { inference: string } }];
    const readyMs = since();
    const session = await openSessionClient({ url: endpoints.inference });
    while ((await session.send({ kind: 'gray8', bytes, width, height })) === undefined) await delay(5); // until the model is in
    const figures = { readyMs, firstAnswerMs: since(), cpuMs: await cpuMsOf(child) };
    await session.close();
    return figures;
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}

async function cpuMsOf({ pid }: ChildProcess): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

function list(values: number[]): string {
  return `${medianOf(values.toSorted((a, b) => a - b))} (${values.join(', ')})`;
}

/** MinIO with a copy of the champion's store, and Temporal. */
async function startStack(): Promise<{ environment: Record<string, string>; stop(): Promise<void> }> {
  const [minio, temporal] = await Promise.all([startMinio(), startTemporalProcess()]);
  const { endpoint, accessKey, secretKey } = minio;
  const location = { kind: 's3', endpoint, accessKey, secretKey, region: 'us-east-1', bucket: 'digitflow' } as const;
  await createBucket(location);
  const [from, to] = [openChampionStore(), openStore(location)];
  for (const prefix of ['models/', 'blobs/'])
    for await (const { key } of from.list(prefix)) await to.put(key, (await from.get(key))!.bytes);
  return {
    environment: {
      S3_ENDPOINT: endpoint,
      S3_BUCKET: location.bucket,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
      TEMPORAL_ADDRESS: temporal.address,
      DIGITFLOW_INFERENCE_TEMPORAL: '1',
    },
    stop: async () => void (await Promise.all([minio.stop(), temporal.stop()])),
  };
}
