// Frames for tests of the reader: seven-segment digits at known places.

import { blankImage, type GrayImage } from '../../../ml/image/gray-image.ts';
import type { Box } from '../../../ml/reader/frame-reading.ts';
import { createRandom } from '../../../ml/random.ts';

/** Segments a–g (top, right above, right below, bottom, left below, left above, middle) of 0 … 9. */
const SEGMENTS = ['abcdef', 'bc', 'abdeg', 'abcdg', 'bcfg', 'acdfg', 'acdefg', 'abc', 'abcdefg', 'abcdfg'];

/** x, y, width, height of each segment on a 10 × 18 raster. */
const PLACES: Record<string, [number, number, number, number]> = {
  a: [0, 0, 10, 2],
  b: [8, 0, 2, 9],
  c: [8, 9, 2, 9],
  d: [0, 16, 10, 2],
  e: [0, 9, 2, 9],
  f: [0, 0, 2, 9],
  g: [0, 8, 10, 2],
};

export interface DrawnDigit {
  digit: number;
  /** The height is 1.8 times the width, but for 1. */
  x: number;
  y: number;
  height: number;
}

export const DARK_ON_LIGHT = { ground: 210, ink: 40 };
export const LIGHT_ON_DARK = { ground: 45, ink: 215 };

/** A frame of one ground with digits on it. */
export function drawFrame(
  { width, height }: { width: number; height: number },
  digits: readonly DrawnDigit[],
  { ground, ink } = DARK_ON_LIGHT,
): GrayImage {
  const frame = blankImage(width, height, ground);
  for (const digit of digits) drawDigit(frame, digit, ink);
  return frame;
}

export function drawDigit(frame: GrayImage, { digit, x, y, height }: DrawnDigit, ink: number): void {
  const scale = height / 18;
  for (const segment of SEGMENTS[digit]!) {
    const [left, top, w, h] = PLACES[segment]!;
    fillBox(frame, { x: x + left * scale, y: y + top * scale, w: w * scale, h: h * scale }, ink);
  }
}

export function fillBox({ pixels, width, height }: GrayImage, { x, y, w, h }: Box, level: number): void {
  for (let row = Math.max(0, Math.round(y)); row < Math.min(height, Math.round(y + h)); row++)
    for (let column = Math.max(0, Math.round(x)); column < Math.min(width, Math.round(x + w)); column++)
      pixels[row * width + column] = level;
}

/** The frame in a light that changes with x: 1 leaves levels as they are. */
export function shaded(frame: GrayImage, light: (x: number) => number): GrayImage {
  return { ...frame, pixels: frame.pixels.map((level, i) => level * light(i % frame.width)) };
}

/** Half the light to the right of `at`, with an edge `softness` pixels wide. */
export const shadow =
  (at: number, softness: number) =>
  (x: number): number =>
    1 - 0.5 * Math.min(1, Math.max(0, 0.5 + (x - at) / softness));

/** Where the ink of a drawn digit lies. */
export function inkBox({ digit, x, y, height }: DrawnDigit): Box {
  const scale = height / 18;
  return digit === 1 ? { x: x + 8 * scale, y, w: 2 * scale, h: height } : { x, y, w: 10 * scale, h: height };
}

/** Noise of a seed, at most ± `most` levels. */
export function addNoise(frame: GrayImage, seed: number, most: number): GrayImage {
  const random = createRandom(seed, 0x7e57);
  return {
    ...frame,
    pixels: frame.pixels.map((level) => Math.min(255, Math.max(0, level + random.integer(2 * most + 1) - most))),
  };
}

export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.w * a.h + b.w * b.h - width * height);
}
