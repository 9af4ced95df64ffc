// Pictures as the server takes them, damaged by seeds: an answer or a plain refusal, and nothing else. A crash of a native
// decoder ends this process, and an error that nobody caught fails the run.

import { beforeAll, expect, test } from 'vitest';
import { decodeImage, decodeJpeg } from '../../inference/decode-image.ts';
import { UnreadableImage } from '../../inference/unreadable-image.ts';
import { decodePng, InvalidPng, PngTooLarge } from '../../ml/codecs/png.ts';
import { InvalidImage, MAX_SIDE, type GrayImage } from '../../ml/image/gray-image.ts';
import { createRandom } from '../../ml/random.ts';
import { createFrameReader } from '../../ml/reader/read-frame.ts';
import { mutate, repairPng } from '../support/mutate.ts';
import { pictureFiles, type PictureFile } from '../support/picture-files.ts';

/** DIGITFLOW_FUZZ_FACTOR=20 asks for twenty times as many cases. */
const FACTOR = Number(process.env['DIGITFLOW_FUZZ_FACTOR'] ?? 1);
const LIMIT_MS = 120_000 * Math.max(1, FACTOR);
const MEBIBYTE = 1024 * 1024;

let files: PictureFile[];
let all: Buffer[];
beforeAll(async () => {
  files = await pictureFiles();
  all = files.map(({ bytes }) => bytes);
});

interface Case {
  /** What it was made from. */
  from: string;
  decode: () => GrayImage | Promise<GrayImage>;
}

interface FuzzOptions {
  cases: number;
  make: (seed: number) => Case;
  /** The errors that say no. */
  refusals: readonly (new (...words: never[]) => Error)[];
}

/** Runs cases; anything but a whole picture or a plain refusal is told with the seed that brings it back. */
async function fuzz(name: string, { cases, make, refusals }: FuzzOptions): Promise<void> {
  const count = Math.round(cases * FACTOR);
  let read = 0;
  for (let seed = 1; seed <= count; seed++) {
    const { from, decode } = make(seed);
    try {
      const { pixels, width, height } = await decode();
      if (pixels.length !== width * height || width < 1 || height < 1 || Math.max(width, height) > MAX_SIDE)
        throw new RangeError(`expected a whole picture, got ${pixels.length} pixels for ${width}×${height}`);
      read++;
    } catch (error) {
      const isRefusal = refusals.some((refusal) => error instanceof refusal) && (error as Error).message.length <= 500;
      if (!isRefusal) throw new Error(`${name}, seed ${seed}, from ${from}`, { cause: error });
    }
  }
  // Damage that is always found, or never, tests nothing.
  expect(read, `${name}: read`).toBeGreaterThan(count / 200);
  expect(count - read, `${name}: refused`).toBeGreaterThan(count / 20);
}

type Decode = (bytes: Buffer) => GrayImage | Promise<GrayImage>;

const damaged =
  (ending: RegExp, decode: Decode) =>
  (seed: number): Case => {
    const random = createRandom(seed, 0xf122);
    // A CMYK picture builds a table of colours each time, 50 times the work of any other: one in fifty will do.
    const isRare = random.chance(1 / 50);
    const chosen = files.filter(({ name }) => ending.test(name) && (isRare || name !== 'cmyk.jpg'));
    const { name, bytes } = chosen[random.integer(chosen.length)]!;
    const made = mutate(bytes, random, all);
    const file = name.endsWith('.png') && random.chance(0.8) ? repairPng(made) : made;
    return { from: name, decode: () => decode(file) };
  };

test('4,000 damaged PNG through our own codec', { timeout: LIMIT_MS }, async () => {
  const make = damaged(/\.png$/, (bytes) => decodePng(bytes, { maxPixels: 1_000_000 }));
  await fuzz('png', { cases: 4_000, make, refusals: [InvalidPng, PngTooLarge] });
});

test('1,500 damaged pictures of every kind as uploads, in bounded memory', { timeout: LIMIT_MS }, async () => {
  const make = damaged(/./, decodeImage);
  const refusals = [UnreadableImage];
  await fuzz('warm-up', { cases: 300, make, refusals });
  const before = process.memoryUsage().rss;
  await fuzz('upload', { cases: 1_200, make: (seed) => make(seed + 1_000_000), refusals });
  expect((process.memoryUsage().rss - before) / MEBIBYTE).toBeLessThan(100);
});

test('500 damaged JPEG as a camera sends them', { timeout: LIMIT_MS }, async () => {
  const make = damaged(/\.jpg$/, (bytes) => decodeJpeg(bytes, 1_280));
  await fuzz('jpeg frame', { cases: 500, make, refusals: [UnreadableImage] });
});

test('300 gray frames of any sides and noise through the frame reader', { timeout: LIMIT_MS }, async () => {
  const classes = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'];
  const reader = createFrameReader({
    model: { classes, threshold: 0.5, preprocessing: 'digit' },
    infer: (_inputs, count) => new Float32Array(count * classes.length).fill(1 / classes.length),
  });
  const make = (seed: number): Case => {
    const random = createRandom(seed, 0x6a8f);
    const [width, height, levels] = [random.integer(161), random.integer(121), 1 + random.integer(256)];
    // One in six has fewer bytes than its sides say.
    const length = random.chance(1 / 6) ? random.integer(width * height + 1) : width * height;
    const pixels = Uint8Array.from({ length }, () => random.integer(levels));
    const decode = async (): Promise<GrayImage> => {
      const frame = { pixels, width, height };
      const { digits } = await reader.read(frame);
      const inside = digits.every(({ box: { x, y, w, h } }) => x >= 0 && y >= 0 && x + w <= width && y + h <= height);
      if (!inside) throw new RangeError(`expected boxes within ${width}×${height}, got ${JSON.stringify(digits)}`);
      return frame;
    };
    return { from: `${width}×${height} with ${length} bytes`, decode };
  };
  await fuzz('gray frame', { cases: 300, make, refusals: [InvalidImage] });
});
