// One warp for everything that moves pixels: affine, elastic and resizing are first put together on a coarse mesh of
// source coordinates, then each pixel is sampled once.

import { PLANE_SIDE } from './plane.ts';
import type { Plane } from './plane.ts';

/** Side of a mesh cell in destination pixels. Inside a cell coordinates are interpolated, exact for affine warps. */
export const CELL = 4;
/** The largest destination side. */
export const MAX_CANVAS = 64;
export const KNOTS = MAX_CANVAS / CELL + 1;

const FRACTION_BITS = 16;
const LOWEST = 1 << FRACTION_BITS;
const HIGHEST = (PLANE_SIDE - 2) << FRACTION_BITS;

/** Where in the plane the destination pixels at multiples of 4 lie, as 16.16 fixed point. */
export interface Mesh {
  x: Int32Array; // [17, 17]
  y: Int32Array; // [17, 17]
}

export const createMesh = (): Mesh => ({ x: new Int32Array(KNOTS * KNOTS), y: new Int32Array(KNOTS * KNOTS) });

/** A plane coordinate as the mesh stores it. Clamped, so that no mesh can make a warp read outside the plane. */
export function toFixed(coordinate: number): number {
  const fixed = Math.floor(coordinate * 65536 + 0.5);
  return fixed < LOWEST ? LOWEST : fixed > HIGHEST ? HIGHEST : fixed;
}

/**
 * Samples `plane` bilinearly into `canvas` ([side, side], side at most 64), whose pixels are zero outside the ink.
 * Cells that do not meet the ink box are skipped.
 */
export function meshWarp(plane: Plane, mesh: Mesh, canvas: Uint8Array, side: number): void {
  canvas.fill(0, 0, side * side);
  if (plane.right === 0) return;
  const cell = CELL;
  const knots = KNOTS;
  const cells = Math.ceil(side / cell);
  // A pixel is touched from less than one pixel before it to less than one after.
  const left = (plane.left - 1) << FRACTION_BITS;
  const right = plane.right << FRACTION_BITS;
  const top = (plane.top - 1) << FRACTION_BITS;
  const bottom = plane.bottom << FRACTION_BITS;
  const { x: xs, y: ys } = mesh;
  for (let row = 0; row < cells; row++)
    for (let column = 0; column < cells; column++) {
      const a = row * knots + column;
      const c = a + knots;
      if (allBeyond(xs[a]!, xs[a + 1]!, xs[c]!, xs[c + 1]!, left, right)) continue;
      if (allBeyond(ys[a]!, ys[a + 1]!, ys[c]!, ys[c + 1]!, top, bottom)) continue;
      warpCell(plane.pixels, mesh, a, canvas, side, row * cell, column * cell);
    }
}

/** Whether four coordinates all lie at or below `low`, or all at or above `high`. */
const allBeyond = (a: number, b: number, c: number, d: number, low: number, high: number): boolean =>
  (a <= low && b <= low && c <= low && d <= low) || (a >= high && b >= high && c >= high && d >= high);

function warpCell(
  source: Uint8Array,
  { x: xs, y: ys }: Mesh,
  knot: number,
  canvas: Uint8Array,
  side: number,
  top: number,
  left: number,
): void {
  const stride = PLANE_SIDE;
  const below = knot + KNOTS;
  const rows = Math.min(CELL, side - top);
  const columns = Math.min(CELL, side - left);
  let x0 = xs[knot]!;
  let x1 = xs[knot + 1]!;
  let y0 = ys[knot]!;
  let y1 = ys[knot + 1]!;
  const stepX0 = (xs[below]! - x0) >> 2;
  const stepX1 = (xs[below + 1]! - x1) >> 2;
  const stepY0 = (ys[below]! - y0) >> 2;
  const stepY1 = (ys[below + 1]! - y1) >> 2;
  for (let row = 0; row < rows; row++) {
    const stepX = (x1 - x0) >> 2;
    const stepY = (y1 - y0) >> 2;
    let x = x0;
    let y = y0;
    const target = (top + row) * side + left;
    for (let column = 0; column < columns; column++) {
      const i = Math.imul(y >> 16, stride) + (x >> 16);
      const weightX = (x >> 8) & 255;
      const weightY = (y >> 8) & 255;
      const upper = (source[i]! << 8) + Math.imul(source[i + 1]! - source[i]!, weightX);
      const j = i + stride;
      const lower = (source[j]! << 8) + Math.imul(source[j + 1]! - source[j]!, weightX);
      canvas[target + column] = ((upper << 8) + Math.imul(lower - upper, weightY) + 32768) >> 16;
      x += stepX;
      y += stepY;
    }
    x0 += stepX0;
    x1 += stepX1;
    y0 += stepY0;
    y1 += stepY1;
  }
}
