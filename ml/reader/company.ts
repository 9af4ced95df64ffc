// What stands beside a digit: among letters of its own height it is a letter more likely than not, whatever it looks like.

import type { Box } from './frame-reading.ts';

/** Neighbours differ in height by no more than this factor … */
const LEAST_RATIO = 0.7;
/** … and are no farther away, along x, than so many heights. */
const MOST_GAP = 3;

/**
 * True when more of what stands beside a box, about as high, is no digit than is one.
 * @param isDigit [boxes] whether a digit beats `none` in it
 */
export function isAmongLetters(index: number, boxes: readonly Box[], isDigit: readonly boolean[]): boolean {
  const own = boxes[index]!;
  let letters = 0;
  for (let i = 0; i < boxes.length; i++) {
    const other = boxes[i]!;
    if (i === index || Math.min(own.h, other.h) < LEAST_RATIO * Math.max(own.h, other.h)) continue;
    if (Math.max(other.x - own.x - own.w, own.x - other.x - other.w) > MOST_GAP * own.h) continue;
    letters += isDigit[i] === true ? -1 : 1;
  }
  return letters > 0;
}
