// What the store costs: `npm run bench -- store [ROUNDS]`. Files and a MinIO of the bench's own in turn: small objects and
// such of 16 MB, eight at once as steps ask for them, and a step that finds itself finished. Wall time: it is waited for.
// Needs DIGITFLOW_MINIO or minio on the PATH.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createLeaseWatch } from '../activities/lease.ts';
import { runStep, type RunStepRequest } from '../activities/run-step.ts';
import { systemClock } from '../artifacts/clock.ts';
import { concurrently } from '../artifacts/concurrently.ts';
import { createBucket, openStore, type StoreLocation } from '../artifacts/open-store.ts';
import type { ConditionalWrite, Store } from '../artifacts/store.ts';
import { countingStore } from '../test/support/counting-store.ts';
import { silentLog } from '../test/support/silent-log.ts';
import { startMinio } from '../test/support/start-minio.ts';
import { machine, medianOf } from './harness.ts';
import { table } from './table.ts';

const SMALL_BYTES = 4_096;
const LARGE_BYTES = 16 * 1024 * 1024;
const SMALL_COUNT = 64;
const LARGE_COUNT = 4;
const AT_ONCE = 8;
const LARGE_AT_ONCE = 2;
/** A compare-and-swap waits for the one before. */
const SWAPS = 16;
const STEP_BLOBS = 20;

const rounds = Number(process.argv[2] ?? 7);
const loadBefore = loadavg()[0]!;
const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-store-'));
const minio = await startMinio();
const { endpoint, accessKey, secretKey } = minio;
const locations: Record<string, StoreLocation> = {
  files: { kind: 'file', folder: path.join(folder, 'files') },
  MinIO: { kind: 's3', endpoint, accessKey, secretKey, region: 'us-east-1', bucket: 'bench' },
};

/** Does its work in one store and says how many objects, and bytes of them, that was. */
type Work = (store: Store, round: string) => Promise<{ objects: number; bytes: number }>;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
/** Bytes that no store has seen; a page of a large one is enough to make it another object. */
const large = randomBytes(LARGE_BYTES);
const putAll = (kind: string, count: number, atOnce: number, make: () => Uint8Array): Work => {
  return async (store, round) => {
    const made = numbers(count).map(make);
    const put = await concurrently(numbers(count), atOnce, (n) => store.put(`${kind}/${round}/${n}`, made[n]!));
    return { objects: count, bytes: put.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  };
};
const getAll = (kind: string, count: number, atOnce: number): Work => {
  return async (store, round) => {
    const got = await concurrently(numbers(count), atOnce, (n) => store.get(`${kind}/${round}/${n}`));
    return { objects: count, bytes: got.reduce((sum, object) => sum + object!.bytes.byteLength, 0) };
  };
};
const etagOf = (write: ConditionalWrite): string => {
  if (write.outcome === 'lost') throw new Error('expected to be the only writer');
  return write.etag;
};

/** In this order: later ones read what earlier ones wrote in the same round. */
const works: [name: string, work: Work][] = [
  ['put, 4 KiB', putAll('small', SMALL_COUNT, AT_ONCE, () => randomBytes(SMALL_BYTES))],
  ['get, 4 KiB', getAll('small', SMALL_COUNT, AT_ONCE)],
  [
    'head',
    async (store, round) => {
      const heads = await concurrently(numbers(SMALL_COUNT), AT_ONCE, (n) => store.head(`small/${round}/${n}`));
      return { objects: heads.filter((head) => head !== undefined).length, bytes: 0 };
    },
  ],
  [
    'list',
    async (store, round) => {
      let objects = 0;
      for await (const { key } of store.list(`small/${round}/`)) objects += key === '' ? 0 : 1;
      return { objects, bytes: 0 };
    },
  ],
  [
    'compare and swap',
    async (store, round) => {
      const key = `swapped/${round}`;
      let etag = etagOf(await store.putIfAbsent(key, Buffer.from('{"revision":0}')));
      for (let revision = 1; revision < SWAPS; revision++)
        etag = etagOf(await store.replaceIf(key, Buffer.from(JSON.stringify({ revision })), etag));
      return { objects: SWAPS, bytes: 0 };
    },
  ],
  [
    'put, 16 MiB',
    putAll('large', LARGE_COUNT, LARGE_AT_ONCE, () => {
      const bytes = Buffer.from(large);
      randomBytes(SMALL_BYTES).copy(bytes);
      return bytes;
    }),
  ],
  ['get, 16 MiB', getAll('large', LARGE_COUNT, LARGE_AT_ONCE)],
  [
    `a finished step of ${STEP_BLOBS} blobs, found`,
    async (store, round) => {
      await step(store, `again-${round}`);
      return { objects: 1, bytes: 0 };
    },
  ],
];

interface Measured {
  work: string;
  store: string;
  /** Microseconds an object, a round. */
  micros: number[];
  /** Of one round. */
  bytes: number;
  objects: number;
}

const measured = works.flatMap(([work]) =>
  Object.keys(locations).map((store): Measured => ({ work, store, micros: [], bytes: 0, objects: 0 })),
);
let stepCalls: Record<string, Record<string, number>> = {};
try {
  const stores: Record<string, Store> = {};
  for (const [name, location] of Object.entries(locations)) {
    await createBucket(location);
    stores[name] = openStore(location);
    await step(stores[name], 'first');
  }
  for (let round = -1; round < rounds; round++)
    // the first one warms up
    for (const [name, work] of works)
      for (const [store, opened] of Object.entries(stores)) {
        const began = performance.now();
        const { objects, bytes } = await work(opened, `round-${round + 1}`);
        const micros = ((performance.now() - began) * 1_000) / objects;
        const figure = measured.find((one) => one.work === name && one.store === store)!;
        if (round >= 0) figure.micros.push(micros);
        Object.assign(figure, { objects, bytes });
      }
  stepCalls = Object.fromEntries(
    await Promise.all(Object.entries(stores).map(async ([name, store]) => [name, await callsOfStep(store)] as const)),
  );
} finally {
  await minio.stop();
  await rm(folder, { recursive: true, force: true });
}

const rounded = (value: number): number => Number(value.toPrecision(3));
const figures = measured.map(({ work, store, micros, bytes, objects }) => {
  const sorted = micros.toSorted((a, b) => a - b);
  const median = medianOf(sorted);
  return {
    work,
    store,
    perSecond: rounded(1e6 / median),
    millis: rounded(median / 1_000),
    fastest: rounded(sorted[0]! / 1_000),
    slowest: rounded(sorted.at(-1)! / 1_000),
    megabytesPerSecond: bytes < LARGE_BYTES ? null : rounded(bytes / objects / median),
    rounds: micros.length,
  };
});
const rows = figures.map((figure) => [
  `${figure.work}: ${figure.store}`,
  `${figure.perSecond.toLocaleString('en')}/s`,
  `${figure.millis} ms`,
  `${figure.fastest} … ${figure.slowest} ms`,
  figure.megabytesPerSecond === null ? '' : `${figure.megabytesPerSecond} MB/s`,
]);
console.log(table(['store', 'median', 'an object', 'spread', 'bytes'], rows));
for (const [store, calls] of Object.entries(stepCalls))
  console.log(`requests of a finished step, ${store}: ${JSON.stringify(calls)}`);
console.log(JSON.stringify({ topic: 'store', figures, stepCalls, loadBefore, machine: machine() }));

/** The first call computes and records it, all others find it. */
async function step(store: Store, workflowId: string): Promise<void> {
  const dependencies = { store, clock: systemClock, log: silentLog, leaseWatch: createLeaseWatch() };
  const request: RunStepRequest = {
    step: 'ingest',
    parameters: {},
    inputs: {},
    codeIdentity: { bundle: 'a bench' },
    run: { workflowId, firstExecutionRunId: 'first', attempt: 1 },
  };
  await runStep(dependencies, request, async (context) => {
    for (let blob = 0; blob < STEP_BLOBS; blob++) await context.write(Buffer.from(`blob ${blob}`));
    return { output: await context.write(Buffer.from('output')), summary: {} };
  });
}

async function callsOfStep(store: Store): Promise<Record<string, number>> {
  const counting = countingStore(store);
  await step(counting, 'counted');
  return Object.fromEntries(Object.entries(counting.calls).filter(([, count]) => count > 0));
}
