// How fast the champion answers: tensor → probabilities in one thread, then whole frames through the reader pool.
// `npm run bench -- predict`; it needs a published model (npm start makes one).

import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { readAliases, readVersion } from '../artifacts/registry.ts';
import { checkoutFolder } from '../config/home.ts';
import { loadModel } from '../inference/load-model.ts';
import { createReaderPool } from '../inference/reader-pool.ts';
import { openRuntime } from '../inference/runtimes/open-runtime.ts';
import type { EncodedFrame, ReaderPool } from '../inference/serving.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';
import { readerThreadFile } from '../workers/reader-thread-file.ts';
import { openChampionStore } from './champion-store.ts';
import { drawFrames } from './frames.ts';
import { medianOf, report, type Figure } from './harness.ts';

const MODEL = 'digits';
const DIFFERENT = 60;
const ROUNDS = 300;

const store = openChampionStore();
const { champion } = await readAliases(store, MODEL);
if (champion === undefined) {
  console.error('expected a published champion in the store, got none: run npm start first');
  process.exit(1);
}
const version = await readVersion(store, MODEL, champion);
const model = await loadModel({ store, version });
const quiet = { info: () => undefined, warn: console.warn, error: console.error };

/** Milliseconds a round, sorted; the first tenth is warm-up and not counted. */
async function timed(rounds: number, work: (round: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  const warmups = Math.ceil(rounds / 10);
  for (let round = -warmups; round < rounds; round++) {
    const start = performance.now();
    await work(round + warmups);
    if (round >= 0) times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b);
}

const rounded = (value: number): number => Number(value.toPrecision(4));
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))]!;
const figureOf = (name: string, sorted: readonly number[]): Figure => ({
  name,
  perSecond: Math.round(1_000 / medianOf(sorted)),
  micros: rounded(1_000 * medianOf(sorted)),
  fastest: rounded(1_000 * sorted[0]!),
  slowest: rounded(1_000 * percentile(sorted, 0.95)),
  rounds: sorted.length,
});

const gray = ({ pixels: bytes, width, height }: GrayImage): EncodedFrame => ({ kind: 'gray8', bytes, width, height });
const jpeg = async ({ pixels, width, height }: GrayImage): Promise<EncodedFrame> => ({
  kind: 'jpeg',
  bytes: await sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace('srgb')
    .jpeg({ quality: 80 })
    .toBuffer(),
});
const of = (frames: readonly EncodedFrame[], round: number): EncodedFrame => frames[round % frames.length]!;

/** Frames a second with all threads busy, and what the main thread spends on one. */
async function saturated(pool: ReaderPool, frames: readonly EncodedFrame[], count: number) {
  const before = mainThreadMicros();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await pool.readFrame(of(frames, next++));
  };
  await Promise.all(Array.from({ length: 2 * pool.threads }, lane));
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    framesPerSecond: Math.round(count / seconds),
    cpuMillisAFrame: rounded((user + system) / 1_000 / count),
    mainThreadMicrosAFrame: rounded((mainThreadMicros() - before) / count),
  };
}

/** CPU time of this process's main thread; Linux alone tells it. */
function mainThreadMicros(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000;
  } catch {
    return Number.NaN;
  }
}

const runtime = await openRuntime('onnxruntime-node', model.files);
const values = Float32Array.from(model.golden.images, (byte) => byte / 255);
const inputs = model.golden.labels.map((_, index) => values.slice(index * 1_024, (index + 1) * 1_024));
const tensor = await timed(4_000, (round) => runtime.runValues(inputs[round % inputs.length]!, 1));
await runtime.dispose();

const pool = createReaderPool({ threadFile: await readerThreadFile(checkoutFolder), log: quiet });
await pool.load(model);
pool.use(model.identity.digest);
const small = drawFrames(DIFFERENT, { width: 320, height: 240 }).map(gray);
const ten = drawFrames(DIFFERENT, { width: 320, height: 240, digits: 10 }).map(gray);
const large = await Promise.all(drawFrames(DIFFERENT, { width: 640, height: 480 }).map(jpeg));
const figures = [
  figureOf('tensor → probabilities, one thread', tensor),
  figureOf('gray 320×240 → boxes and labels', await timed(ROUNDS, (round) => pool.readFrame(of(small, round)))),
  figureOf('JPEG 640×480 → boxes and labels', await timed(ROUNDS, (round) => pool.readFrame(of(large, round)))),
  figureOf('gray 320×240, ten digits', await timed(ROUNDS, (round) => pool.readFrame(of(ten, round)))),
];
const found = await Promise.all(ten.slice(0, 20).map((frame) => pool.readFrame(frame)));
const extra = {
  model: model.identity,
  threads: pool.threads,
  digitsFoundOfTen: rounded(found.reduce((sum, { reading }) => sum + reading.digits.length, 0) / found.length),
  saturated: await saturated(pool, small, 1_000),
  saturatedTenDigits: await saturated(pool, ten, 300),
  rssMegabytes: Math.round(process.memoryUsage.rss() / 2 ** 20),
};
await pool.close();
console.log(
  `all threads busy: ${extra.saturated.framesPerSecond} frames/s of 320×240, ` +
    `${extra.saturatedTenDigits.framesPerSecond} with ten digits; ` +
    `a frame costs ${extra.saturated.cpuMillisAFrame} ms of CPU, ${extra.saturated.mainThreadMicrosAFrame} µs of them in the main thread`,
);
report({ topic: 'predict', figures, extra });
