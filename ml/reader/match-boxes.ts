// Which box of this frame is which of the frames before.

import type { Box } from './frame-reading.ts';

/** Centres may lie so far apart, in sides of the mean of both boxes. */
const MOST_DISTANCE = 0.8;
/** Sides of the same digit in two frames differ by less than this factor. */
const MOST_GROWTH = 2;

/** For each new box the index of the old one that it continues, or −1. The nearest pairs go first; each old one once. */
export function matchBoxes(old: readonly Box[], fresh: readonly Box[]): number[] {
  const pairs: { from: number; to: number; distance: number }[] = [];
  for (const [to, box] of fresh.entries()) {
    for (const [from, other] of old.entries()) {
      const distance = distanceOf(other, box);
      if (distance <= MOST_DISTANCE) pairs.push({ from, to, distance });
    }
  }
  pairs.sort((a, b) => a.distance - b.distance);
  const matches = fresh.map(() => -1);
  const taken = new Set<number>();
  for (const { from, to } of pairs) {
    if (matches[to] !== -1 || taken.has(from)) continue;
    matches[to] = from;
    taken.add(from);
  }
  return matches;
}

/** Between centres, in sides of the mean box; Infinity where the sizes say that it is another digit. */
function distanceOf(a: Box, b: Box): number {
  const heights = a.h / b.h;
  if (heights > MOST_GROWTH || heights < 1 / MOST_GROWTH) return Infinity;
  const x = (a.x + a.w / 2 - b.x - b.w / 2) / side(a, b);
  const y = (a.y + a.h / 2 - b.y - b.h / 2) / side(a, b);
  return Math.sqrt(x * x + y * y);
}

/** A thin 1 moves as far as a wide 0: the longer side counts. */
const side = (a: Box, b: Box): number => (Math.max(a.w, a.h) + Math.max(b.w, b.h)) / 2;
