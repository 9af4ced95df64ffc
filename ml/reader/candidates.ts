// Which parts of the ink may be digits: by size, proportion, fill, outline, and by being cut off or not.

import { joinParts, rootOf, type InkRuns } from './ink-parts.ts';
import type { InkThresholds } from './ink-threshold.ts';
import { standsOut } from './outline.ts';
import type { WorkingPicture } from './working-picture.ts';

/** Shares of the working picture's short side (heights) and width. */
const LEAST_HEIGHT = 0.1;
const MOST_HEIGHT = 0.98;
const MOST_WIDTH = 0.75;
/** Pixels: fewer show no shape. */
const LEAST_PIXELS_HIGH = 7;
/** Width by height. */
const LEAST_ASPECT = 0.06;
const MOST_ASPECT = 1.85;
/** Share of its box that a part covers. */
const LEAST_FILL = 0.08;
/** A part so many times longer than wide … */
const BAR = 2.5;
/** … that covers so much of its oblong is a bar, and a slanted 4 or 8 is none … */
const BAR_FILL = 0.8;
/** … and no digit when it leans more: the tangent of 40°, … */
const MOST_LEAN = 0.84;
/** … or of 35° when it is a pen by its height, as a share of the working picture's short side. */
const MOST_LEAN_OF_PENS = 0.7;
const PEN_HEIGHT = 0.2;
/** A candidate higher than this share of the short side … */
const CABLE_HEIGHT = 0.25;
/** … may be a cable when its strokes are thinner than this share of its height. */
const CABLE_STROKE = 0.09;
/** A speck belongs to a part when this share of its box lies in the part's box … */
const INSIDE_SHARE = 0.8;
/** … and when it is no higher than this share of the part. What is high enough to be a digit itself is no speck. */
const SPECK_HEIGHT = 0.4;
/** A dot belongs to what stands above it, as in ?: no wider or higher than this share of its height, … */
const DOT_SIDE = 0.45;
/** … and no farther away than this share. */
const DOT_GAP = 0.3;
/** Of what the frame's border touches, only what is at least so high, as a share of the frame, may be a digit, … */
const HELD_CLOSE = 0.45;
/** … and only if its strokes are at least so thick, as a share of its height: cables run on. */
const LEAST_STROKE = 0.07;
/** So do edges of sheets and screens, which with thinner strokes than that are higher than this share of the frame. */
const EDGE_HEIGHT = 0.7;
/** The runs of a solid part, a coin or the bowl of a letter, are on average longer than this share of its width, … */
const SOLID_RUNS = 0.65;
/** … where it is wider than this share of its height: heavy digits are narrower, … */
const SOLID_ASPECT = 0.9;
/** … and of what is narrower they have longer runs yet … */
const NARROW_SOLID_RUNS = 0.75;
/** … while narrower than this it is a 1. */
const NARROW_ASPECT = 0.52;
/** More than that is a page of text or a texture: the largest are looked at. */
export const MOST_CANDIDATES = 32;

/** In working pixels, right and bottom exclusive. */
export interface Candidate {
  runs: InkRuns;
  root: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A list that keeps its entries when emptied. */
export interface CandidateList {
  count: number;
  entries: Candidate[];
}

/** Adds the plausible parts of one polarity. Of too many, the largest stay. */
export function addCandidates(
  picture: WorkingPicture,
  thresholds: InkThresholds,
  runs: InkRuns,
  list: CandidateList,
): void {
  const least = Math.max(LEAST_PIXELS_HIGH, LEAST_HEIGHT * Math.min(picture.width, picture.height));
  for (let i = 0; i < runs.rootCount; i++) {
    const root = runs.roots[i]!;
    if (runs.parent[root] !== root || runs.bottom[root]! - runs.top[root]! < least) continue;
    if (isCut(picture, runs, root)) continue;
    if (!standsOut(picture, thresholds, runs, root)) continue;
    takeSpecks(runs, root, least);
    if (hasShape(runs, root) && !isLeaningBar(picture, runs, root)) insert(list, runs, root);
  }
}

function takeSpecks(runs: InkRuns, root: number, least: number): void {
  const { left, right, top, bottom } = runs;
  const highest = Math.min(least, SPECK_HEIGHT * (bottom[root]! - top[root]!));
  for (let i = 0; i < runs.rootCount; i++) {
    const part = runs.roots[i]!;
    if (part === root || runs.parent[part] !== part) continue;
    if (isDotOf(runs, root, part)) {
      joinParts(runs, root, part);
      continue;
    }
    const height = bottom[part]! - top[part]!;
    if (height > highest) continue;
    const width = right[part]! - left[part]!;
    const insideX = Math.min(right[root]!, right[part]!) - Math.max(left[root]!, left[part]!);
    const insideY = Math.min(bottom[root]!, bottom[part]!) - Math.max(top[root]!, top[part]!);
    if (insideX > 0 && insideY > 0 && insideX * insideY >= INSIDE_SHARE * width * height) joinParts(runs, root, part);
  }
}

/** Without its dot, a question mark is a 7. */
function isDotOf({ left, right, top, bottom, area }: InkRuns, root: number, dot: number): boolean {
  const height = bottom[root]! - top[root]!;
  const gap = top[dot]! - bottom[root]!;
  return (
    gap >= 0 &&
    gap <= DOT_GAP * height &&
    left[dot]! + right[dot]! >= 2 * left[root]! &&
    left[dot]! + right[dot]! <= 2 * right[root]! &&
    right[dot]! - left[dot]! <= DOT_SIDE * height &&
    bottom[dot]! - top[dot]! <= DOT_SIDE * height &&
    2 * area[dot]! >= (right[dot]! - left[dot]!) * (bottom[dot]! - top[dot]!) &&
    20 * area[dot]! >= area[root]!
  );
}

function hasShape({ left, right, top, bottom, area, runCount }: InkRuns, root: number): boolean {
  const width = right[root]! - left[root]!;
  const height = bottom[root]! - top[root]!;
  const aspect = width / height;
  const solid = (aspect > SOLID_ASPECT ? SOLID_RUNS : NARROW_SOLID_RUNS) * width;
  if (aspect > NARROW_ASPECT && area[root]! > solid * runCount[root]!) return false;
  return aspect >= LEAST_ASPECT && aspect <= MOST_ASPECT && area[root]! >= LEAST_FILL * width * height;
}

/** True for one straight stroke that leans too far for a 1: a pen, an edge. From the second moments of the ink. */
function isLeaningBar({ width, height }: WorkingPicture, runs: InkRuns, root: number): boolean {
  const shortSide = Math.min(width, height);
  const left = runs.left[root]!;
  const top = runs.top[root]!;
  let [sumX, sumY, sumXX, sumYY, sumXY] = [0, 0, 0, 0, 0];
  for (let run = runs.rowStart[top]!; run < runs.rowStart[runs.bottom[root]!]!; run++) {
    if (rootOf(runs, run) !== root) continue;
    const y = runs.row[run]! - top;
    const from = runs.from[run]! - left;
    const length = runs.to[run]! - runs.from[run]!;
    const last = from + length - 1;
    const x = (length * (from + last)) / 2;
    sumX += x;
    sumY += length * y;
    sumXX += (last * (last + 1) * (2 * last + 1) - (from - 1) * from * (2 * from - 1)) / 6;
    sumYY += length * y * y;
    sumXY += x * y;
  }
  const area = runs.area[root]!;
  const xx = sumXX / area - (sumX / area) * (sumX / area);
  const yy = sumYY / area - (sumY / area) * (sumY / area);
  const xy = sumXY / area - (sumX / area) * (sumY / area);
  const half = (xx - yy) / 2;
  const spread = Math.sqrt(half * half + xy * xy);
  const along = (xx + yy) / 2 + spread;
  const across = (xx + yy) / 2 - spread;
  // The main axis points along (xy, along − xx).
  // An oblong of length l and width w has second moments l² / 12 and w² / 12. A line of single pixels is one wide.
  const oblong = 12 * Math.sqrt(along * Math.max(across, 1 / 12));
  const mostLean = runs.bottom[root]! - top < PEN_HEIGHT * shortSide ? MOST_LEAN : MOST_LEAN_OF_PENS;
  return along > BAR * BAR * across && area > BAR_FILL * oblong && Math.abs(xy) > mostLean * Math.abs(along - xx);
}

/** True when the frame's border cuts the part off, or may as well. A large one whose foot stands on the upper or lower border is whole. */
function isCut({ width, height }: WorkingPicture, runs: InkRuns, root: number): boolean {
  const left = runs.left[root]!;
  const right = runs.right[root]!;
  const top = runs.top[root]!;
  const bottom = runs.bottom[root]!;
  if (left === 0 || right === width) return true;
  if (right - left > MOST_WIDTH * width || bottom - top > MOST_HEIGHT * height) return true;
  if (top === 0 && bottom === height) return true;
  const isThin = runs.area[root]! < LEAST_STROKE * runs.runCount[root]! * (bottom - top);
  if (isThin && bottom - top > EDGE_HEIGHT * height) return true;
  if (top > 0 && bottom < height) return false;
  if (isThin || bottom - top < HELD_CLOSE * height) return true;
  return 2 * lengthInRow(runs, root, top === 0 ? 0 : height - 1) > right - left;
}

function lengthInRow(runs: InkRuns, root: number, row: number): number {
  let length = 0;
  for (let run = runs.rowStart[row]!; run < runs.rowStart[row + 1]!; run++)
    if (rootOf(runs, run) === root) length += runs.to[run]! - runs.from[run]!;
  return length;
}

/** True for a large candidate whose strokes are no thicker than a cable. */
export function isThin({ runs, root, top, bottom }: Candidate, { width, height }: WorkingPicture): boolean {
  const own = bottom - top;
  return own > CABLE_HEIGHT * Math.min(width, height) && runs.area[root]! < CABLE_STROKE * runs.runCount[root]! * own;
}

const sizeOf = ({ left, top, right, bottom }: Candidate): number => (right - left) * (bottom - top);

function insert(list: CandidateList, runs: InkRuns, root: number): void {
  const size = (runs.right[root]! - runs.left[root]!) * (runs.bottom[root]! - runs.top[root]!);
  let place = list.count;
  if (place === MOST_CANDIDATES) {
    for (let i = 0, least = size; i < list.count; i++) {
      const other = sizeOf(list.entries[i]!);
      if (other < least) [place, least] = [i, other];
    }
    if (place === MOST_CANDIDATES) return;
  } else list.count++;
  const entry = (list.entries[place] ??= { runs, root, left: 0, top: 0, right: 0, bottom: 0 });
  entry.runs = runs;
  entry.root = root;
  entry.left = runs.left[root]!;
  entry.top = runs.top[root]!;
  entry.right = runs.right[root]!;
  entry.bottom = runs.bottom[root]!;
}
