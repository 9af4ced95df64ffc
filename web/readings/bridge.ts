// A digit that one frame misses stays in view for a moment: what comes and goes ten times a second can't be read.

import type { Box, TrackedDigit } from '../../ml/reader/frame-reading.ts';

/** For so long; beyond, it is gone. */
export const BRIDGE_MS = 150;
/** What covers so much of a missing digit has taken its place. */
const MOST_COVERED = 0.3;

export interface Bridge {
  /** @returns the digits of this answer and those that have been missing for a moment, from left to right */
  over(digits: readonly TrackedDigit[], nowMs: number): readonly TrackedDigit[];
  reset(): void;
}

export function createBridge(): Bridge {
  let seen = new Map<number, { digit: TrackedDigit; atMs: number }>();
  return {
    over(digits, nowMs) {
      const kept = [...seen].filter(
        ([id, { digit, atMs }]) =>
          nowMs - atMs <= BRIDGE_MS &&
          digits.every((other) => other.id !== id && coveredShare(digit.box, other.box) < MOST_COVERED),
      );
      seen = new Map([...kept, ...digits.map((digit) => [digit.id, { digit, atMs: nowMs }] as const)]);
      if (kept.length === 0) return digits;
      return [...seen.values()].map(({ digit }) => digit).sort((a, b) => a.box.x - b.box.x);
    },
    reset: () => seen.clear(),
  };
}

/** The part of `box` that lies in `other`, 0–1. */
function coveredShare(box: Box, other: Box): number {
  const width = Math.min(box.x + box.w, other.x + other.w) - Math.max(box.x, other.x);
  const height = Math.min(box.y + box.h, other.y + other.h) - Math.max(box.y, other.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / (box.w * box.h);
}
