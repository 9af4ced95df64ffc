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

const kernelRadius = { tent: 1, area: 0.5, cubic: 2 } as const;

const tapsFor = (ratio: number, kernel: Kernel): number => Math.ceil(2 * kernelRadius[kernel] * Math.max(1, ratio)) + 1;

/** An empty axis with room for `length` destination pixels at ratios up to `maxRatio`. */
export function createAxis(length: number, maxRatio: number, kernel: Kernel): Axis {
  const taps = tapsFor(maxRatio, kernel);
  return {
    first: new Int32Array(length),
    count: new Int32Array(length),
    weights: new Float64Array(length * taps),
    taps,
  };
}

/** Fills an axis; allocates nothing. */
export function mapAxis(axis: Axis, mapping: AxisMapping): void {
  const { length, ratio, base, origin, low, high, kernel } = mapping;
  const stretch = Math.max(1, ratio);
  const radius = kernelRadius[kernel] * stretch;
  for (let j = 0; j < length; j++) {
    const centre = origin + (j + 0.5) * ratio;
    const from = Math.floor(centre - radius);
    const to = Math.ceil(centre + radius);
    const first = Math.max(low, from);
    let inside = 0;
    let total = 0;
    for (let i = from; i < to; i++) {
      const weight = kernelWeight(kernel, i, centre, stretch);
      total += weight;
      if (i < first || i >= high) continue;
      axis.weights[j * axis.taps + i - first] = weight;
      inside += weight;
    }
    const scale = mapping.outside === 'zero' ? total : inside;
    const count = scale > 0 ? Math.max(0, Math.min(high, to) - first) : 0;
    axis.first[j] = base + first;
    axis.count[j] = count;
    for (let tap = j * axis.taps; tap < j * axis.taps + count; tap++) axis.weights[tap]! /= scale;
  }
}

/** Weight of source pixel `i` for a destination pixel at `centre`. */
function kernelWeight(kernel: Kernel, i: number, centre: number, stretch: number): number {
  const distance = Math.abs(i + 0.5 - centre) / stretch;
  if (kernel === 'tent') return Math.max(0, 1 - distance);
  if (kernel === 'area') return Math.max(0, Math.min(i + 1, centre + stretch / 2) - Math.max(i, centre - stretch / 2));
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
  return distance < 2 ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2 : 0;
}

export interface Rows {
  from: number;
  to: number;
}

/** Resamples rows `from` … `to` − 1 of `source` along x into `out` ([rows.to, length], row y at y × length). */
export function resampleRows(
  source: Uint8Array,
  stride: number,
  rows: Rows,
  axis: Axis,
  length: number,
  out: Float64Array,
): void {
  const { first, count, weights, taps } = axis;
  for (let y = rows.from; y < rows.to; y++) {
    const row = y * stride;
    for (let x = 0; x < length; x++) {
      let sum = 0;
      let position = row + first[x]!;
      const end = x * taps + count[x]!;
      for (let tap = x * taps; tap < end; tap++) sum += weights[tap]! * source[position++]!;
      out[y * length + x] = sum;
    }
  }
}

/** Resamples the columns of `source` ([rows, width]) along y into `out` ([length, width]). */
export function resampleColumns(
  source: Float64Array,
  width: number,
  axis: Axis,
  length: number,
  out: Float64Array,
): void {
  const { first, count, weights, taps } = axis;
  out.fill(0, 0, length * width);
  for (let y = 0; y < length; y++) {
    for (let tap = 0; tap < count[y]!; tap++) {
      const weight = weights[y * taps + tap]!;
      const row = (first[y]! + tap) * width;
      for (let x = 0; x < width; x++) out[y * width + x]! += weight * source[row + x]!;
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
  const narrow = new Float64Array(image.height * width);
  resampleRows(image.pixels, image.width, { from: 0, to: image.height }, along(width, image.width), width, narrow);
  const values = new Float64Array(width * height);
  resampleColumns(narrow, width, along(height, image.height), height, values);
  return { pixels: Uint8Array.from(values, toByte), width, height };
}

const toByte = (value: number): number => Math.min(255, Math.max(0, Math.floor(value + 0.5)));

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
