import { PLANE_SIDE } from './plane.ts';
import type { Plane } from './plane.ts';

/** Sides of a rectangular element in pixels. An even element reaches left and up of its pixel. */
export interface Element {
  width: 1 | 2 | 3;
  height: 1 | 2 | 3;
}

/** The first pass's output, four pixels a word. */
const passed = new Uint32Array((PLANE_SIDE * PLANE_SIDE) / 4);

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
  target.left = source.left - 1;
  target.right = source.right + 1;
  target.top = source.top - 1;
  target.bottom = source.bottom + 1;
  target.words.fill(0);
  const flip = largest ? 0 : -1; // the least level is the greatest of the flipped ones
  alongRows(source.words, target, width, flip);
  alongColumns(target, height, flip);
}

/**
 * The greater of each of four levels. Method: a byte's difference with its borrow kept off by the highest bit, which is
 * then put right (Warren, "Hacker's Delight", 2nd edition, 2-18).
 */
function greater(a: number, b: number): number {
  const highest = 0x80808080 | 0;
  const difference = (a | highest) - (b & 0x7f7f7f7f);
  const isGreater = ((a & ~b) | (~(a ^ b) & difference)) & highest;
  const mask = (isGreater << 1) - (isGreater >>> 7); // 255 for each 128
  return (a & mask) | (b & ~mask);
}

/** The greatest of a pixel and its neighbour to the left, of three also to the right, into `passed`. */
function alongRows(from: Uint32Array, { left, right, top, bottom }: Plane, taps: 1 | 2 | 3, flip: number): void {
  const to = passed;
  const stride = PLANE_SIDE >> 2;
  // Whole words, and one row more on both sides, which the second pass reads: the picture is empty there, and stays so.
  const first = left >> 2;
  const length = ((right + 3) >> 2) - first;
  const last = (bottom + 1) * stride;
  for (let start = (top - 1) * stride + first; start < last; start += stride) {
    let before = from[start - 1]! ^ flip;
    let here = from[start]! ^ flip;
    for (let i = start; i < start + length; i++) {
      const after = from[i + 1]! ^ flip;
      // In a word, the pixel to the left is the lower byte.
      let most = here;
      if (taps >= 2) most = greater(most, (here << 8) | (before >>> 24));
      if (taps === 3) most = greater(most, (here >>> 8) | (after << 24));
      to[i] = most ^ flip;
      before = here;
      here = after;
    }
  }
}

/** The same with the neighbours above and below, from `passed`. */
function alongColumns({ words, left, right, top, bottom }: Plane, taps: 1 | 2 | 3, flip: number): void {
  const from = passed;
  const stride = PLANE_SIDE >> 2;
  const first = left >> 2;
  const length = ((right + 3) >> 2) - first;
  const last = bottom * stride;
  for (let start = top * stride + first; start < last; start += stride)
    for (let i = start; i < start + length; i++) {
      let most = from[i]! ^ flip;
      if (taps >= 2) most = greater(most, from[i - stride]! ^ flip);
      if (taps === 3) most = greater(most, from[i + stride]! ^ flip);
      words[i] = most ^ flip;
    }
}
