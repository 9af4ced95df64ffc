import { countLevels } from './histogram.ts';

const histogram = new Int32Array(256);
const table = new Uint8Array(256);

/** Rounds a non-negative number to the nearest integer, halves to the even one, as OpenCV's cvRound does. */
function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

/**
 * Equalises the histogram of `pixels` in place, bit-identical to OpenCV's `equalizeHist`. A picture of one level
 * stays as it is; then false is returned.
 * OpenCV computes in float32: without `Math.fround` some levels differ by one.
 */
export function equalize(pixels: Uint8Array): boolean {
  countLevels(pixels, histogram);
  let first = 0;
  while (first < 255 && histogram[first] === 0) first++;
  const rest = pixels.length - histogram[first]!;
  if (rest === 0) return false;
  const scale = Math.fround(255 / rest);
  table[first] = 0;
  let seen = 0;
  for (let level = first + 1; level < 256; level++) {
    if (histogram[level] === 0) continue; // no pixel asks for it
    seen += histogram[level]!;
    table[level] = Math.min(255, roundHalfEven(Math.fround(Math.fround(seen) * scale)));
  }
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[pixels[i]!]!;
  return true;
}
