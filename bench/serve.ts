// `npm run bench -- serve [load|swaps|cap|flood …]`: the inference server with its real pool and a published model, under
// cameras in a process of their own on the same cores. The champion of DIGITFLOW_BENCH_STORE (a folder, a file store).

import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createFileStore } from '../artifacts/file-store.ts';
import { readAliases, readVersion } from '../artifacts/registry.ts';
import { checkoutFolder } from '../config/home.ts';
import { loadModel } from '../inference/load-model.ts';
import { createReaderPool } from '../inference/reader-pool.ts';
import { createInferenceServer, type InferenceServer } from '../inference/server.ts';
import type { ReaderPool } from '../inference/serving.ts';
import { readerThreadFile } from '../workers/reader-thread-file.ts';
import { machine } from './harness.ts';
import type { CameraFigures, GeneratorOrder } from './serve/orders.ts';
import { drawPictures, HEIGHT, WIDTH } from './serve/pictures.ts';
import { openSwappingModels, type SwappingModels } from './serve/swapping-models.ts';

const PICTURES = 120;
const SESSIONS = 64;
const FRAMES_A_SECOND = 15;
const SWAPS = 200;
const LOAD_MS = Number(process.env['DIGITFLOW_BENCH_SECONDS'] ?? 20) * 1_000;
const MIB = 2 ** 20;

interface World {
  server: InferenceServer;
  models: SwappingModels;
  port: number;
  good: number[];
}

const scenarios = {
  load: async (world: World) => ({ ...(await underLoad(world, LOAD_MS)) }),
  async swaps(world: World) {
    let swaps = 0;
    const swapping = (async () => {
      for (; swaps < SWAPS; swaps++) await world.models.swapTo(2 + swaps);
    })();
    const figures = await underLoad(world, LOAD_MS, { mayEnd: () => swaps >= SWAPS });
    await swapping;
    return { swaps, ...figures };
  },
  async cap(world: World) {
    const before = await underLoad(world, LOAD_MS / 2);
    let knocks: unknown;
    const during = await underLoad(world, LOAD_MS / 2, {
      onReady: () => {
        const order = { kind: 'knock', port: world.port, sockets: 640 - SESSIONS, afterMs: LOAD_MS / 4 } as const;
        knocks = generate(order);
      },
    });
    return { before, during, knocks: await knocks };
  },
  async flood(world: World) {
    const before = await underLoad(world, LOAD_MS);
    const durationMs = Number(process.env['DIGITFLOW_BENCH_FLOOD_SECONDS'] ?? 60) * 1_000;
    const flooding = generate({ kind: 'flood', port: world.port, clients: 8, durationMs, pictures: 8 });
    const during = await underLoad(world, durationMs);
    return { before, during, floods: await flooding };
  },
};

const wanted = process.argv.slice(2);
const names = (wanted.length > 0 ? wanted : Object.keys(scenarios)) as (keyof typeof scenarios)[];
const { world, close } = await open();
const results: Record<string, unknown> = {};
for (const name of names) {
  results[name] = await scenarios[name](world);
  console.log(name, JSON.stringify(results[name], undefined, 2));
}
await close();
console.log(JSON.stringify({ topic: 'serve', results, machine: machine() }));

async function open(): Promise<{ world: World; close: () => Promise<void> }> {
  const folder = process.env['DIGITFLOW_BENCH_STORE'];
  if (folder === undefined)
    throw new Error('DIGITFLOW_BENCH_STORE: expected the folder of a file store with a champion');
  const store = createFileStore({ root: folder });
  const { champion } = await readAliases(store, 'digits');
  if (champion === undefined) throw new Error(`${folder}: expected a champion, got none`);
  const model = await loadModel({ store, version: await readVersion(store, 'digits', champion) });
  const problem = (fields: object, message: string): void => console.error(message, fields);
  const log = { info: () => undefined, warn: problem, error: problem };
  const pool = createReaderPool({ threadFile: await readerThreadFile(checkoutFolder), log });
  const models = await openSwappingModels(pool, model);
  const server = await createInferenceServer({ manager: models, pool, store, log, workerId: 'bench', version: '0' });
  await server.listen();
  const good = await readableOnes(pool);
  return {
    world: { server, models, port: Number(new URL(server.url).port), good },
    async close() {
      await server.close();
      await pool.close();
    },
  };
}

/** Pictures that the model reads right: what is measured is serving, not reading. */
async function readableOnes(pool: ReaderPool): Promise<number[]> {
  const good: number[] = [];
  for (const { index, digit, pixels } of drawPictures(PICTURES)) {
    const { reading } = await pool.readFrame({ kind: 'gray8', bytes: pixels, width: WIDTH, height: HEIGHT });
    if (reading.digits.length === 1 && reading.digits[0]!.label === String(digit)) good.push(index);
  }
  if (good.length < 10)
    throw new Error(`expected the model to read most of ${PICTURES} drawn digits, got ${good.length}`);
  return good;
}

interface LoadOptions {
  mayEnd?: () => boolean;
  /** The cameras are about to send. */
  onReady?: () => void;
}

async function underLoad({ server, port, good }: World, durationMs: number, options: LoadOptions = {}) {
  const { mayEnd = () => true, onReady } = options;
  const before = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  const rss: number[] = [];
  const sampler = setInterval(() => rss.push(process.memoryUsage.rss() / MIB), 250);
  const parts: CameraFigures[] = [];
  do {
    const order = { kind: 'cameras', port, sessions: SESSIONS, framesASecond: FRAMES_A_SECOND, durationMs } as const;
    parts.push((await generate({ ...order, pictures: PICTURES, good }, onReady)) as CameraFigures);
  } while (!mayEnd());
  clearInterval(sampler);
  const { user, system } = process.cpuUsage(before);
  const answered = parts.reduce((sum, part) => sum + part.answered, 0);
  const offered = parts.reduce((sum, part) => sum + part.offered, 0);
  return {
    generator: parts.length === 1 ? parts[0] : parts,
    answeredShare: round(answered / offered),
    serverCpuMsAFrame: round((user + system) / 1_000 / answered),
    mainThreadBusy: round(performance.eventLoopUtilization(loop).utilization),
    rssMib: { start: round(rss[0] ?? 0), middle: round(rss[rss.length >> 1] ?? 0), max: round(Math.max(...rss)) },
    sessionsLeft: server.desk.list().length,
  };
}

function generate(order: GeneratorOrder, onReady?: () => void): Promise<unknown> {
  const file = path.join(import.meta.dirname, 'serve', 'generator.ts');
  const child: ChildProcess = fork(file, { execArgv: ['--import', 'tsx'] });
  return new Promise((resolve, reject) => {
    child.on('message', (message: { ready?: true }) => {
      if (message.ready === true) onReady?.();
      else resolve(message);
    });
    child.on('exit', (code) => reject(new Error(`a generator ended with exit code ${code}`)));
    child.send(order);
  });
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
