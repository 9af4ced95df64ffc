// The process behind decoding.ts: reads the archive once, decodes it once, then answers each task with seconds a picture.

import { availableParallelism } from 'node:os';
import { inflateSync } from 'node:zlib';
import { createDecodePool } from '../../../activities/threads/decode-pool.ts';
import { inflateInto, MAX_INPUT_BYTES } from '../../../ml/codecs/inflate.ts';
import { decodePng } from '../../../ml/codecs/png.ts';
import type { GrayImage } from '../../../ml/image/gray-image.ts';
import { createNetworkInput, INPUT_BYTES } from '../../../ml/image/network-input.ts';
import { readArchiveFiles } from './archive-files.ts';
import type { DecodingTask } from './decoding.ts';

/** As ingest has it. */
const BATCH_FILES = 64;
const MOST_THREADS = 4;
const WARM_UPS = 3;
/** What a runtime divides by 255: there are 256 quotients. */
const unit = Float32Array.from({ length: 256 }, (_, level) => level / 255);

const [archive, threadFile] = process.argv.slice(2) as [string, string];
const { files } = await readArchiveFiles(archive);
const write = createNetworkInput('reference');
const input = new Uint8Array(INPUT_BYTES);
const tensor = new Float32Array(files.length * INPUT_BYTES); // [files, 32, 32, 1] in [0, 1]
const pool = createDecodePool({ threadFile, threads: Math.min(availableParallelism(), MOST_THREADS) });

const deflated = files.map(compressedPart);
const sizes = deflated.map((bytes) => inflateSync(bytes).length);
const inflated = new Uint8Array(Math.max(...sizes));

const tasks: Record<DecodingTask, () => number | Promise<number>> = {
  core: () => cpuSeconds(decodeHere) / files.length,
  pool: async () => {
    const start = performance.now();
    await decodeByPool();
    return (performance.now() - start) / 1_000 / files.length;
  },
  inflate: () => cpuSeconds(inflateAll) / files.length,
};

// The other side has decoded them all before it is asked, too; ours is compiled as it runs, which takes a few passes.
for (let pass = 0; pass < WARM_UPS; pass++) {
  decodeHere();
  await decodeByPool();
}
process.on('message', (task: DecodingTask) => void answer(task));
process.send!('ready');

async function answer(task: DecodingTask): Promise<void> {
  process.send!(await tasks[task]());
}

function decodeHere(): void {
  for (let i = 0; i < files.length; i++) toTensor(decodePng(files[i]!), i);
}

/** Other threads decode, this one makes network inputs of what comes back. */
async function decodeByPool(): Promise<void> {
  const coming: { from: number; pictures: ReturnType<typeof pool.decode> }[] = [];
  const take = async (): Promise<void> => {
    const { from, pictures } = coming.shift()!;
    for (const [i, picture] of (await pictures).entries()) toTensor(picture as GrayImage, from + i);
  };
  for (let from = 0; from < files.length; from += BATCH_FILES) {
    coming.push({ from, pictures: pool.decode(files.slice(from, from + BATCH_FILES)) });
    if (coming.length > pool.batches) await take();
  }
  while (coming.length > 0) await take();
}

function toTensor({ pixels, width, height }: GrayImage, index: number): void {
  write(pixels, width, height, input, 0);
  const quotients = unit; // a module's constants are looked up each time, a function's are not
  const levels = input;
  const out = tensor;
  for (let i = 0, to = index * INPUT_BYTES; i < levels.length; i++, to++) out[to] = quotients[levels[i]!]!;
}

function inflateAll(): void {
  deflated.forEach((bytes, index) => {
    if (bytes.length > MAX_INPUT_BYTES) inflateSync(bytes);
    else inflateInto(bytes, inflated, sizes[index]!);
  });
}

/** The data chunks of a PNG, joined. */
function compressedPart(file: Uint8Array): Buffer {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at))
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  return Buffer.concat(parts);
}

function cpuSeconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
