// A frame's reading against what was drawn.

import type { Box, FrameReading } from '../../ml/reader/frame-reading.ts';
import type { Scene } from './draw-scene.ts';

/** A reading belongs to a drawn digit when their boxes share at least this much. */
const SAME_DIGIT = 0.1;
const GOOD_BOX = 0.5;

export interface Tally {
  frames: number;
  digits: number;
  right: number;
  wrong: number;
  /** Found, but under the threshold: neither right nor wrong. */
  uncertain: number;
  missed: number;
  /** Found digits whose box covers the ink's with IoU ≥ 0.5. */
  goodBoxes: number;
  /** Digits claimed where none was drawn. */
  extra: number;
  /** Frames with such a claim. */
  claimed: number;
}

export type Outcome = 'right' | 'wrong' | 'uncertain' | 'missed' | 'claimed';

export const newTally = (): Tally => ({
  frames: 0,
  digits: 0,
  right: 0,
  wrong: 0,
  uncertain: 0,
  missed: 0,
  goodBoxes: 0,
  extra: 0,
  claimed: 0,
});

/** Counts one frame. @returns everything that happened in it */
export function score({ truth }: Scene, { digits }: FrameReading, tallies: readonly Tally[]): Set<Outcome> {
  const outcomes = new Set<Outcome>();
  const count = (change: (tally: Tally) => void): void => tallies.forEach(change);
  count((tally) => tally.frames++);
  const pairs = truth.flatMap((drawn, t) =>
    digits.map((read, r) => ({ t, r, share: overlap(drawn.box, read.box) })).filter(({ share }) => share >= SAME_DIGIT),
  );
  pairs.sort((a, b) => b.share - a.share);
  const matched = new Map<number, { r: number; share: number }>();
  const used = new Set<number>();
  for (const { t, r, share } of pairs) {
    if (matched.has(t) || used.has(r)) continue;
    matched.set(t, { r, share });
    used.add(r);
  }
  for (const [t, drawn] of truth.entries()) {
    const match = matched.get(t);
    const read = match === undefined ? undefined : digits[match.r]!;
    const outcome =
      read === undefined
        ? 'missed'
        : read.decision !== 'digit'
          ? 'uncertain'
          : read.label === drawn.label
            ? 'right'
            : 'wrong';
    outcomes.add(outcome);
    count((tally) => {
      tally.digits++;
      tally[outcome]++;
      if (match !== undefined && match.share >= GOOD_BOX) tally.goodBoxes++;
    });
  }
  const extra = digits.filter(({ decision }, r) => decision === 'digit' && !used.has(r)).length;
  if (extra > 0) {
    outcomes.add('claimed');
    count((tally) => {
      tally.extra += extra;
      tally.claimed++;
    });
  }
  return outcomes;
}

export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.w * a.h + b.w * b.h - width * height);
}
