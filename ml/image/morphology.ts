import { PLANE_SIDE } from './plane.ts';
import type { Plane } from './plane.ts';

/** Sides of a rectangular element in pixels. An even element reaches left and up of its pixel. */
export interface Element {
  width: 1 | 2 | 3;
  height: 1 | 2 | 3;
}

const rows = new Uint8Array(PLANE_SIDE * PLANE_SIDE);

/** Writes `source` with thicker strokes (gray dilation by `element`) to `target`. */
export function dilate(source: Plane, target: Plane, element: Element): void {
  rectangle(source, target, element, true);
}

/** Writes `source` with thinner strokes (gray erosion by `element`) to `target`; the target's box stays wide. */
export function erode(source: Plane, target: Plane, element: Element): void {
  rectangle(source, target, element, false);
}

/** A rectangle is a line along x, then a line along y. */
function rectangle(source: Plane, target: Plane, { width, height }: Element, largest: boolean): void {
  const left = source.left - 1;
  const right = source.right + 1;
  const top = source.top - 1;
  const bottom = source.bottom + 1;
  target.pixels.fill(0);
  // One row more on both sides: the second pass reads it.
  line(source.pixels, rows, { left, right, top: top - 1, bottom: bottom + 1, step: 1, taps: width, largest });
  line(rows, target.pixels, { left, right, top, bottom, step: PLANE_SIDE, taps: height, largest });
  target.left = left;
  target.right = right;
  target.top = top;
  target.bottom = bottom;
}

interface Line {
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** Distance of neighbours in the buffer. */
  step: number;
  taps: number;
  /** Maximum when true, minimum otherwise. */
  largest: boolean;
}

function line(from: Uint8Array, to: Uint8Array, { left, right, top, bottom, step, taps, largest }: Line): void {
  // One tap copies, two compare with the neighbour before: `after` then meets the pixel itself or that neighbour again.
  const before = taps >= 2 ? step : 0;
  const after = taps === 3 ? step : -before;
  const flip = largest ? 0 : 255; // the least level is the greatest of the flipped ones
  for (let y = top; y < bottom; y++) {
    const end = y * PLANE_SIDE + right;
    for (let i = y * PLANE_SIDE + left; i < end; i++) {
      const a = from[i]! ^ flip;
      const b = from[i - before]! ^ flip;
      const c = from[i + after]! ^ flip;
      const ab = a > b ? a : b;
      to[i] = (ab > c ? ab : c) ^ flip;
    }
  }
}
