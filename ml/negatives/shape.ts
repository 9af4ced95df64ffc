import type { GrayImage } from '../image/gray-image.ts';
import { resample } from '../image/resample.ts';

/** An upright bar is a fair 1: this much longer than wide, by the spread of its ink along and across its main axis. */
const LONG = 2.6;
/** Tangent of how far a bar may lean and still read as 1 (35°). */
const LEAN = 0.7;

/** True for one stroke that stands: what anyone would read as a 1. From the second moments of the ink. */
export function isUpright(ink: GrayImage): boolean {
  let [mass, sumX, sumY, sumXX, sumYY, sumXY] = [0, 0, 0, 0, 0, 0];
  for (let y = 0; y < ink.height; y++) {
    for (let x = 0; x < ink.width; x++) {
      const level = ink.pixels[y * ink.width + x]!;
      mass += level;
      sumX += level * x;
      sumY += level * y;
      sumXX += level * x * x;
      sumYY += level * y * y;
      sumXY += level * x * y;
    }
  }
  if (mass === 0) return false;
  const [meanX, meanY] = [sumX / mass, sumY / mass];
  const xx = sumXX / mass - meanX * meanX;
  const yy = sumYY / mass - meanY * meanY;
  const xy = sumXY / mass - meanX * meanY;
  const half = (xx - yy) / 2;
  const root = Math.sqrt(half * half + xy * xy);
  const along = (xx + yy) / 2 + root;
  const across = (xx + yy) / 2 - root;
  // The main axis points along (xy, along − xx): upright when its x part is small against its y part.
  return along > LONG * LONG * Math.max(across, 1e-9) && Math.abs(xy) < LEAN * Math.abs(along - xx);
}

/** Side of the grid on which two shapes are compared. */
const GRID = 16;
/** Mean difference of coverage, 0 … 1, below which two shapes read as one. */
const SAME = 0.09;
/** Shapes whose ratios of width to height differ by more than this factor never read as one. */
const SAME_ASPECT = 1.35;

/** True when two shapes, each stretched to the same box, nearly cover each other. */
export function looksLike(a: GrayImage, b: GrayImage): boolean {
  const aspect = (a.width * b.height) / (a.height * b.width);
  if (aspect > SAME_ASPECT || aspect < 1 / SAME_ASPECT) return false;
  const first = resample(a, GRID, GRID, 'area').pixels;
  const second = resample(b, GRID, GRID, 'area').pixels;
  let difference = 0;
  for (let i = 0; i < first.length; i++) difference += Math.abs(first[i]! - second[i]!);
  return difference / 255 / first.length < SAME;
}
