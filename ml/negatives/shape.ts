import type { GrayImage } from '../image/gray-image.ts';

/** How much longer than wide a bar is, by the spread of its ink along and across its main axis. */
const LONG = 2.6;
/** Tangent of how far a bar may lean and still read as 1 (40°). */
const LEAN = 0.84;

/** True for one stroke that stands: what anyone would read as a 1. From the second moments of the ink. */
export function isUpright(ink: GrayImage, long = LONG): boolean {
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
  return along > long * long * Math.max(across, 1e-9) && Math.abs(xy) < LEAN * Math.abs(along - xx);
}

/** Side of the grid on which two shapes are compared. */
const GRID = 16;
/** Mean difference of coverage, 0 … 1, below which two shapes read as one. */
const SAME = 0.09;
/** Shapes whose ratios of width to height differ by more than this factor never read as one. */
const SAME_ASPECT = 1.35;

/** What is left of a picture when its size is forgotten. */
export interface Shape {
  /** Width by height. */
  aspect: number;
  /** [16, 16] coverage 0 … 255 of the ink stretched to a square. */
  levels: Uint8Array;
}

export function shapeOf(ink: GrayImage): Shape {
  const levels = new Uint8Array(GRID * GRID);
  for (let row = 0; row < GRID; row++) {
    const [top, bottom] = cell(row, ink.height);
    for (let column = 0; column < GRID; column++) {
      const [left, right] = cell(column, ink.width);
      let sum = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += ink.pixels[y * ink.width + x]!;
      levels[row * GRID + column] = sum / ((bottom - top) * (right - left));
    }
  }
  return { aspect: ink.width / ink.height, levels };
}

/** The whole pixels of one cell of the grid along an axis; at least one. */
function cell(index: number, length: number): [from: number, to: number] {
  const from = Math.floor((index * length) / GRID);
  return [from, Math.max(from + 1, Math.floor(((index + 1) * length) / GRID))];
}

/** True when two shapes nearly cover each other. */
export function looksLike(a: Shape, b: Shape): boolean {
  const aspect = a.aspect / b.aspect;
  if (aspect > SAME_ASPECT || aspect < 1 / SAME_ASPECT) return false;
  let difference = 0;
  for (let i = 0; i < a.levels.length; i++) difference += Math.abs(a.levels[i]! - b.levels[i]!);
  return difference / 255 / a.levels.length < SAME;
}
