// A stack of a lane's own: the real supervisor with real servers and workers in a temporary home, whose processes can be
// killed one by one, and whose pipeline worker can be told to die at a crash point.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { openStore } from '../../artifacts/open-store.ts';
import type { Store } from '../../artifacts/store.ts';
import { WORKERS } from '../../cli/stack/open-stack.ts';
import { isAlive } from '../../setup/stack/process-identity.ts';
import { stackPaths } from '../../setup/stack/stack-paths.ts';
import { readStackState } from '../../setup/stack/state-file.ts';
import { type OwnedStack, startStack, type WorkerSpec } from '../../setup/stack.ts';
import { CRASH_POINT_VARIABLE, formatCrashPoint, type CrashPoint } from '../../workers/crash-points.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { findExecutable } from '../support/executable.ts';
import { keepPortsApart } from '../support/ports-apart.ts';
import { writeSegmentDigits } from '../support/segment-digits.ts';
import { startFaultyStore, type FaultyStore } from './faulty-store.ts';

export const PARTS = ['pipeline-worker', 'inference-worker', 'temporal', 'store'] as const;
export type PartName = (typeof PARTS)[number];
export type Victim = PartName | 'trainer';

export interface Death {
  part: string;
  reason: string;
  atMs: number;
}

export interface Lane {
  folder: string;
  /** A folder of images that the worker may read. */
  data: string;
  store: Store;
  client: Client;
  faults: FaultyStore | undefined;
  /** Every part that ended unasked, oldest first. */
  deaths: Death[];
  /** The next pipeline worker dies there, the one after it doesn't; undefined: nowhere. */
  arm(point: CrashPoint | undefined): void;
  /** Where the pipeline worker that was started last dies; `pipeline-worker` where it was not told to. */
  pointOfWorker(): string;
  pidOf(victim: Victim): Promise<number | undefined>;
  /** True when all parts are ready. */
  isWhole(): boolean;
  /** Removes every object, so that nothing is reused. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/** Kills are what this is for: no part is ever given up, and each is back at once. */
const POLICY = { maxCrashes: 1_000_000, windowMs: 1, firstDelayMs: 100, maxDelayMs: 100, maxFailedStarts: 20 };

/** @param faults puts a proxy that fails now and then before the store */
export async function openLane({ faults, seed }: { faults: boolean; seed: number }): Promise<Lane> {
  const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-chaos-'));
  const data = path.join(folder, 'data', 'segments');
  await writeSegmentDigits(data, 40);
  const faulty = faults ? await startFaultyStore(seed) : undefined;
  const ownStore = faulty && {
    S3_ENDPOINT: faulty.endpoint,
    S3_BUCKET: faulty.bucket,
    S3_ACCESS_KEY: faulty.accessKey,
    S3_SECRET_KEY: faulty.secretKey,
  };
  const deaths: Death[] = [];
  const armed: Record<string, string> = {};
  let started: Record<string, string> = {};
  /** Once: a worker whose next life were to die there again, before its run shows a sign of life, would never get further. */
  const startArmed = (): Record<string, string> => {
    started = { ...armed };
    delete armed[CRASH_POINT_VARIABLE];
    return started;
  };
  const home = path.join(folder, 'home');
  keepPortsApart(home);
  const stack = (await startStack({
    home,
    components: {
      temporal: { executable: findExecutable('temporal', 'DIGITFLOW_TEMPORAL') },
      minio: { executable: findExecutable('minio', 'DIGITFLOW_MINIO') },
    },
    workers: WORKERS.map((worker) => armable(worker, startArmed)),
    searchAttributes: SEARCH_ATTRIBUTES,
    environment: {
      ...process.env,
      TEMPORAL_ADDRESS: undefined,
      S3_ENDPOINT: undefined,
      ...ownStore,
      DIGITFLOW_CACHE: path.join(folder, 'cache'),
      DIGITFLOW_DATA_ROOTS: path.join(folder, 'data'),
      DIGITFLOW_INFERENCE_THREADS: '1',
    },
    policy: POLICY,
    handleSignals: false,
    report: (event) => {
      if (event.kind === 'crashed') deaths.push({ ...event, atMs: performance.now() });
    },
  })) as OwnedStack;
  const connection = await Connection.connect({ address: stack.temporal.address });
  // A store of one's own behind the proxy is looked at without faults.
  const store = openStore(faulty === undefined ? stack.store : faulty.direct);
  // As the supervisor notes them: `stackStatus` compares every source with the running code, many times a second here.
  const partsOf = () => readStackState(stackPaths(home).state)?.parts ?? [];

  return {
    folder,
    data,
    store,
    client: new Client({ connection, namespace: stack.temporal.namespace }),
    faults: faulty,
    deaths,
    arm(point) {
      if (point === undefined) delete armed[CRASH_POINT_VARIABLE];
      else armed[CRASH_POINT_VARIABLE] = formatCrashPoint(point);
    },
    pointOfWorker: () => started[CRASH_POINT_VARIABLE] ?? 'pipeline-worker',
    async pidOf(victim) {
      if (victim === 'store' && faulty !== undefined) return faulty.pid();
      const part = partsOf().find(({ name }) => name === (victim === 'trainer' ? 'pipeline-worker' : victim));
      const pid = part?.state === 'ready' ? part.process?.pid : undefined;
      return victim === 'trainer' && pid !== undefined ? trainerOf(pid) : pid;
    },
    isWhole: () =>
      partsOf().every(
        ({ state, process: own }) => state === 'connected' || (state === 'ready' && own !== undefined && isAlive(own)),
      ),
    async forget() {
      for await (const { key } of store.list('')) await store.delete(key);
    },
    async stop() {
      await connection.close();
      await stack.stop();
      await faulty?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The environment is read at each start of a worker: a getter sees what is armed by then. */
function armable(worker: WorkerSpec, start: () => Record<string, string>): WorkerSpec {
  if (worker.name !== 'pipeline-worker') return worker;
  return {
    ...worker,
    get env() {
      return { ...worker.env, ...start() };
    },
  };
}

/** Direct children of a process, by number. */
export async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

/** The trainer child of a pipeline worker; undefined: it has none. */
export async function trainerOf(worker: number): Promise<number | undefined> {
  for (const pid of await childrenOf(worker)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('trainer-')) return pid;
  }
  return undefined;
}
