// What scenes are written with: typefaces that are held out of training, and handwritten digits of the split that measures
// the very model the scenes are read with.

import { homedir } from 'node:os';
import { drawTypeface } from '../../activities/sources/builtin/alphabets.ts';
import { fetchAll } from '../../activities/sources/builtin/fetch-all.ts';
import { readNpmOptions } from '../../activities/sources/builtin/npm-options.ts';
import { fontPath, TYPEFACES } from '../../activities/sources/builtin/typeface-list.ts';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import {
  parseDatasetManifest,
  parseMembers,
  parseRunStepRecord,
  parseSplitsManifest,
  type ModelVersion,
} from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import { decodeSamples } from '../../ml/dataset/packed-samples.ts';
import { imageOf } from '../../ml/dataset/samples.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import { resample } from '../../ml/image/resample.ts';
import { LETTERS } from '../../ml/negatives/alphabet.ts';
import { workerSettings } from '../../workers/settings.ts';

/** Coverage 0 … 255, cropped to the ink. */
export interface Glyph {
  name: string;
  image: GrayImage;
}

export interface GlyphSet {
  /** [faces][10] */
  printed: Glyph[][];
  /** [10][samples] */
  written: Glyph[][];
  /** [faces][letters] characters no one reads as a digit. */
  letters: Glyph[][];
}

/** Enough for 200 pixels of height without steps. */
const WRITTEN_SIDE = 112;

/** @throws InvalidRecord, PackageUnavailable, and the store's errors */
export async function loadGlyphs(store: Store, version: ModelVersion): Promise<GlyphSet> {
  const [faces, written] = await Promise.all([heldOutFaces(), testHandwriting(store, version)]);
  return { ...faces, written };
}

async function heldOutFaces(): Promise<Pick<GlyphSet, 'printed' | 'letters'>> {
  const heldOut = TYPEFACES.filter((typeface) => typeface.heldOut);
  const wishes = heldOut.map(({ pin, family, styles }) => ({
    pin,
    files: styles.map((style) => fontPath(family, style)),
  }));
  const npm = readNpmOptions({ env: process.env, home: homedir(), folder: process.cwd() });
  const { cacheFolder } = workerSettings();
  const packages = await fetchAll(
    wishes,
    { cacheFolder, npm },
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      keep: () => Promise.resolve(),
      keepBlobs: () => Promise.resolve(),
      warn: (message) => console.error(message),
      read: () => Promise.reject(new TypeError('packages come from the registry, not from the store')),
    },
  );
  const printed: Glyph[][] = [];
  const letters: Glyph[][] = [];
  for (const [index, { family, styles }] of heldOut.entries()) {
    const files = packages[index]?.files;
    if (files === undefined) continue;
    const fonts = new Map(styles.map((style) => [style, files.get(fontPath(family, style))!] as const));
    for (const { style, made, digits, alphabet } of drawTypeface(family, fonts)) {
      if (made) continue;
      const name = `${family}/${style}`;
      printed.push(digits.map((ink, digit) => ({ name: `${name}/${digit}`, image: ink! })));
      letters.push(
        LETTERS.flatMap((character) => {
          const image = alphabet.letter(character);
          return image === undefined ? [] : [{ name: `${name}/${character}`, image }];
        }),
      );
    }
  }
  return { printed, letters: letters.filter((list) => list.length >= 10) };
}

async function testHandwriting(store: Store, { run }: ModelVersion): Promise<Glyph[][]> {
  const key = keys.runStep(run, 'preprocess');
  const step = await store.get(key);
  if (step === undefined) throw new TypeError(`${key}: expected the record of the step that split the data, got none`);
  const splits = parseSplitsManifest(await getBlob(store, parseRunStepRecord(step.bytes, key).output));
  const members = parseMembers(await getBlob(store, splits.splits.test.members));
  const dataset = parseDatasetManifest(await getBlob(store, splits.dataset));
  const handwriting = dataset.sources.findIndex(({ name }) => name === 'handwriting');
  const wanted = new Set(members.samples.filter((_, i) => members.sources[i] === handwriting));
  const written: Glyph[][] = Array.from({ length: 10 }, () => []);
  let first = 0;
  for (const ref of dataset.shards) {
    const samples = decodeSamples(await getBlob(store, ref));
    for (let i = 0; i < samples.count; i++)
      if (wanted.has(first + i))
        written[samples.labels[i]!]?.push({ name: samples.names.at(i), image: enlarged(imageOf(samples, i)) });
    first += samples.count;
  }
  return written;
}

/** Handwriting comes white on black, 28 pixels a side. */
function enlarged(image: GrayImage): GrayImage {
  return cropped(resample(image, WRITTEN_SIDE, WRITTEN_SIDE, 'cubic'));
}

function cropped({ pixels, width, height }: GrayImage): GrayImage {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (pixels[y * width + x]! < 48) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), y + 1];
    }
  const image = { pixels: new Uint8Array((right - left) * (bottom - top)), width: right - left, height: bottom - top };
  for (let y = top; y < bottom; y++)
    image.pixels.set(pixels.subarray(y * width + left, y * width + right), (y - top) * image.width);
  return image;
}
