// Separable resampling with a kernel, one axis after the other, for any scale and any sub-pixel position. The weights
// of an axis are made once and used for every row or column.

import type { GrayImage } from './gray-image.ts';
import { checkImage } from './gray-image.ts';

/**
 * - `tent`: bilinear when enlarging; when shrinking a triangle as wide as two destination pixels, which smooths as a
 *   Gaussian before bilinear sampling would (standard deviation 0.41 destination pixels)
 * - `area`: the mean over the destination pixel; nearest when enlarging
 * - `cubic`: Keys' cubic convolution (a = −0.5), sharper than bilinear when enlarging; stretched when shrinking
 */
export type Kernel = 'tent' | 'area' | 'cubic';

/** How destination pixels of one axis are made from source pixels. Coordinates count pixel edges: pixel i is [i, i+1]. */
export interface Axis {
  /** First source pixel of each destination pixel. */
  first: Int32Array;
  /** How many source pixels each destination pixel takes; 0 where none is near. */
  count: Int32Array;
  /** [destination pixels, taps] */
  weights: Float64Array;
  taps: number;
  /** Destination pixels [from, to) have a source pixel; the others are zero. */
  from: number;
  to: number;
}

export interface AxisMapping {
  /** Destination pixels. */
  length: number;
  /** Source pixels a destination pixel. */
  ratio: number;
  /** Source pixel that coordinates count from. A whole number apart: a picture moved by pixels gives the same bits. */
  base: number;
  /** Source coordinate of the destination's left edge, from `base`. */
  origin: number;
  /** Source pixels outside [low, high), from `base`, count as zero with `outside: 'zero'`, and are left out with 'ignore'. */
  low: number;
  high: number;
  outside: 'zero' | 'ignore';
  kernel: Kernel;
}

const radiusOf = (kernel: Kernel): number => (kernel === 'tent' ? 1 : kernel === 'area' ? 0.5 : 2);

const tapsFor = (ratio: number, kernel: Kernel): number => Math.ceil(2 * radiusOf(kernel) * Math.max(1, ratio)) + 1;

/** An empty axis with room for `length` destination pixels at ratios up to `maxRatio`. */
export function createAxis(length: number, maxRatio: number, kernel: Kernel): Axis {
  const taps = tapsFor(maxRatio, kernel);
  return {
    first: new Int32Array(length),
    count: new Int32Array(length),
    weights: new Float64Array(length * taps),
    taps,
    from: 0,
    to: 0,
  };
}

/** Fills an axis; allocates nothing. */
export function mapAxis(axis: Axis, mapping: AxisMapping): void {
  const { length, ratio, base, origin, low, high, outside, kernel } = mapping;
  const { weights, taps } = axis;
  const stretch = Math.max(1, ratio);
  const radius = radiusOf(kernel) * stretch;
  axis.from = length;
  axis.to = 0;
  for (let j = 0; j < length; j++) {
    const centre = origin + (j + 0.5) * ratio;
    const from = Math.floor(centre - radius);
    const to = Math.ceil(centre + radius);
    const first = Math.max(low, from);
    const end = Math.min(high, to);
    axis.first[j] = base + first;
    axis.count[j] = 0;
    if (first >= end) continue;
    let inside = 0;
    let total = 0;
    for (let i = from; i < to; i++) {
      const weight = kernelWeight(kernel, i, centre, stretch);
      total += weight;
      if (i < first || i >= end) continue;
      weights[j * taps + i - first] = weight;
      inside += weight;
    }
    const scale = outside === 'zero' ? total : inside;
    if (!(scale > 0)) continue;
    const count = end - first;
    axis.count[j] = count;
    axis.from = Math.min(axis.from, j);
    axis.to = j + 1;
    for (let tap = j * taps; tap < j * taps + count; tap++) weights[tap]! /= scale;
  }
}

/** Weight of source pixel `i` for a destination pixel at `centre`. */
function kernelWeight(kernel: Kernel, i: number, centre: number, stretch: number): number {
  const distance = Math.abs(i + 0.5 - centre) / stretch;
  if (kernel === 'tent') return distance < 1 ? 1 - distance : 0;
  if (kernel === 'area') return Math.max(0, Math.min(i + 1, centre + stretch / 2) - Math.max(i, centre - stretch / 2));
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
  return distance < 2 ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2 : 0;
}

/** A part [from, to) of a row. */
export interface Span {
  from: number;
  to: number;
}

/**
 * Resamples columns `from` … `to` − 1 of `source` ([rows, stride]) along y into `out` ([length, stride]). Comes before
 * the rows: it reads memory in order, and leaves fewer rows for the pass that doesn't.
 */
export function resampleColumns(
  source: Uint8Array,
  stride: number,
  { from, to }: Span,
  axis: Axis,
  out: Float64Array,
): void {
  const { first, count, weights, taps } = axis;
  for (let y = axis.from; y < axis.to; y++) {
    const row = y * stride;
    const end = row + to;
    const last = y * taps + count[y]! - 1;
    // Four source rows at a time, summed in the order of the taps; those that are not there weigh nothing.
    for (let tap = y * taps; tap <= last; tap += 4) {
      const a = weights[tap]!;
      const b = tap + 1 <= last ? weights[tap + 1]! : 0;
      const c = tap + 2 <= last ? weights[tap + 2]! : 0;
      const d = tap + 3 <= last ? weights[tap + 3]! : 0;
      const shift = (first[y]! + tap - y * taps) * stride - row;
      const shiftB = shift + (tap + 1 <= last ? stride : 0);
      const shiftC = shift + (tap + 2 <= last ? 2 * stride : 0);
      const shiftD = shift + (tap + 3 <= last ? 3 * stride : 0);
      const isFirst = tap === y * taps;
      for (let i = row + from; i < end; i++)
        out[i] =
          (isFirst ? 0 : out[i]!) +
          a * source[i + shift]! +
          b * source[i + shiftB]! +
          c * source[i + shiftC]! +
          d * source[i + shiftD]!;
    }
  }
}

/** Resamples rows `from` … `to` − 1 of `source` ([rows, stride]) along x into `out` ([rows, length]). */
export function resampleRows(
  source: Float64Array,
  stride: number,
  { from, to }: Span,
  axis: Axis,
  length: number,
  out: Float64Array,
): void {
  const { first, count, weights, taps } = axis;
  out.fill(0, from * length, to * length);
  for (let x = axis.from; x < axis.to; x++) {
    const last = x * taps + count[x]! - 1;
    for (let tap = x * taps; tap <= last; tap += 4) {
      const a = weights[tap]!;
      const b = tap + 1 <= last ? weights[tap + 1]! : 0;
      const c = tap + 2 <= last ? weights[tap + 2]! : 0;
      const d = tap + 3 <= last ? weights[tap + 3]! : 0;
      const shiftB = tap + 1 <= last ? 1 : 0;
      const shiftC = tap + 2 <= last ? 2 : 0;
      const shiftD = tap + 3 <= last ? 3 : 0;
      const end = to * length;
      let at = from * stride + first[x]! + tap - x * taps;
      for (let target = from * length + x; target < end; target += length) {
        out[target] =
          out[target]! +
          a * source[at]! +
          b * source[at + shiftB]! +
          c * source[at + shiftC]! +
          d * source[at + shiftD]!;
        at += stride;
      }
    }
  }
}

/** A copy of the picture at another size. @throws InvalidImage */
export function resample(image: GrayImage, width: number, height: number, kernel: Kernel): GrayImage {
  checkImage(image.pixels, image.width, image.height);
  const along = (length: number, sourceLength: number): Axis => {
    const ratio = sourceLength / length;
    const axis = createAxis(length, ratio, kernel);
    mapAxis(axis, { length, ratio, base: 0, origin: 0, low: 0, high: sourceLength, outside: 'ignore', kernel });
    return axis;
  };
  const low = new Float64Array(height * image.width);
  const columns = { from: 0, to: image.width };
  resampleColumns(image.pixels, image.width, columns, along(height, image.height), low);
  const values = new Float64Array(width * height);
  resampleRows(low, image.width, { from: 0, to: height }, along(width, image.width), width, values);
  const pixels = new Uint8ClampedArray(width * height); // cubic overshoots
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.floor(values[i]! + 0.5);
  return { pixels: new Uint8Array(pixels.buffer), width, height };
}

/**
 * The picture itself, or its area mean with the longest side at `longestSide`. Ingest keeps originals so, and `digit`
 * begins so: a picture gives the same network input whether it went through ingest or not.
 * @throws InvalidImage
 */
export function limitSize(image: GrayImage, longestSide: number): GrayImage {
  const longest = Math.max(image.width, image.height);
  if (longest <= longestSide) return image;
  const side = (length: number): number => Math.max(1, Math.round((length * longestSide) / longest));
  return resample(image, side(image.width), side(image.height), 'area');
}

/** The longest side of a stored original and of what `digit` looks at. */
export const ORIGINAL_SIDE = 128;
