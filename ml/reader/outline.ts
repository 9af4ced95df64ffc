// Whether a part of the ink ends where its outline is. What a threshold cut out of a shadow, of the paper between digits or
// of a phone's edge goes on beyond it, or has another ground on each side.

import { CELL_SIDE } from './cells.ts';
import { rootOf, type InkRuns } from './ink-parts.ts';
import { flipOf, type InkThresholds } from './ink-threshold.ts';
import type { WorkingPicture } from './working-picture.ts';

/** Levels between ink and ground. */
const LEAST_CONTRAST = 18;
/** Where to look for ink that goes on: a soft edge has ended there. */
const BEYOND = 2;
/** It goes on where it is still so far from the ground, as a share of what it is … */
const OPEN_INK = 0.6;
/** … in so many pixels at the end of the run: light changes along a longer one. */
const END_LENGTH = 4;
/** It goes on at few ends of a digit's runs, at most at this share, whatever noise and light there is. */
const MOST_OPEN = 0.15;
/** A side of the box was cut where it goes on at more than this share of the ends there … */
const MOST_OPEN_IN_SIDE = 0.5;
/** … and at more than this share of the side: the tip of a stroke is a pixel or two, and proves nothing. */
const TIP = 0.1;
/** What is narrower than this share of its height has … */
const NARROW = 0.35;
/** … grounds on its left and right that differ by at most this share of its contrast; the edge of a phone doesn't. */
const MOST_DIFFERENCE = 0.4;

interface Ends {
  count: number;
  /** Beyond which ink goes on. */
  open: number;
  /** Sum of the levels beyond. */
  levels: number;
}

const newEnds = (): Ends => ({ count: 0, open: 0, levels: 0 });

/** True when the ink is far enough from the ground and ends where the part ends. The part's specks are not looked at. */
export function standsOut(picture: WorkingPicture, thresholds: InkThresholds, runs: InkRuns, root: number): boolean {
  const { pixels, width, height } = picture;
  const { row, from, to, rowStart } = runs;
  const flip = flipOf(runs.polarity);
  const left = runs.left[root]!;
  const right = runs.right[root]!;
  const top = runs.top[root]!;
  const bottom = runs.bottom[root]!;
  const lefts = newEnds();
  const rights = newEnds();
  const side = { left: newEnds(), right: newEnds(), top: newEnds(), bottom: newEnds() };
  let contrast = 0;
  const count = (ends: Ends, beyond: number, middle: number): void => {
    const level = pixels[beyond]! ^ flip;
    ends.count++;
    ends.levels += level;
    if (level < middle) ends.open++;
  };
  const meanOf = (start: number, length: number): number => {
    let sum = 0;
    for (let i = start; i < start + length; i++) sum += pixels[i]! ^ flip;
    return sum / length;
  };
  for (let run = rowStart[top]!; run < rowStart[bottom]!; run++) {
    if (rootOf(runs, run) !== root) continue;
    const y = row[run]!;
    const first = y * width + from[run]!;
    const length = to[run]! - from[run]!;
    const column = Math.floor((from[run]! + to[run]!) / (2 * CELL_SIDE));
    const ground = thresholds.ground[Math.floor(y / CELL_SIDE) * thresholds.columns + column]!;
    const depth = ground - meanOf(first, length);
    contrast += depth * length;
    const middle = ground - OPEN_INK * depth;
    if (y === top && y >= BEYOND)
      for (let i = first; i < first + length; i++) count(side.top, i - BEYOND * width, middle);
    if (y === bottom - 1 && y < height - BEYOND)
      for (let i = first; i < first + length; i++) count(side.bottom, i + BEYOND * width, middle);
    const inside = Math.min(length, END_LENGTH);
    // Where another stroke is so near, the run doesn't end at ground.
    if (from[run]! >= BEYOND && (run === rowStart[y] || to[run - 1]! <= from[run]! - BEYOND)) {
      const near = ground - OPEN_INK * (ground - meanOf(first, inside));
      count(lefts, first - BEYOND, near);
      if (from[run] === left) count(side.left, first - BEYOND, near);
    }
    if (to[run]! - 1 + BEYOND < width && (run + 1 === rowStart[y + 1] || from[run + 1]! >= to[run]! + BEYOND)) {
      const near = ground - OPEN_INK * (ground - meanOf(first + length - inside, inside));
      const beyond = first + length - 1 + BEYOND;
      count(rights, beyond, near);
      if (to[run] === right) count(side.right, beyond, near);
    }
  }
  contrast /= runs.area[root]!;
  if (contrast < LEAST_CONTRAST) return false;
  if (lefts.open + rights.open > MOST_OPEN * (lefts.count + rights.count)) return false;
  if (right - left < NARROW * (bottom - top) && lefts.count > 0 && rights.count > 0) {
    const difference = lefts.levels / lefts.count - rights.levels / rights.count;
    if (Math.abs(difference) > MOST_DIFFERENCE * contrast) return false;
  }
  return ![
    { ends: side.left, length: bottom - top },
    { ends: side.right, length: bottom - top },
    { ends: side.top, length: right - left },
    { ends: side.bottom, length: right - left },
  ].some(({ ends, length }) => ends.open > Math.max(TIP * length, MOST_OPEN_IN_SIDE * ends.count));
}
