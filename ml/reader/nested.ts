// Candidates that lie in or around one another: holes of letters, frames around digits.

import type { Candidate, CandidateList } from './candidates.ts';

/** The runs of strokes are on average no longer than this share of the part's width; those of a plate are. */
const STROKE_RUNS = 0.4;
/** A letter is at most so many times higher than its hole, and its strokes beside it at most so many times wider. */
const MOST_HIGHER = 3.5;
const MOST_BESIDE = 1.2;
/** Heavy letters have small holes: beside them there may be so many strokes. */
const STROKES_BESIDE = 1.6;
/** Holes are solid: a part that covers less of its box is written there, on a screen or on what lies bright between strokes. */
const LEAST_HOLE_FILL = 0.5;
/** What stands between the strokes of a letter shares at least this much of its height with it. */
const BETWEEN_SHARE = 0.75;

/**
 * Takes out what lies in or around another candidate and is no digit for that: the holes of letters, whose bowls read as
 * zeros, and frames around a digit.
 */
export function dropNested(list: CandidateList): void {
  const { entries } = list;
  let kept = 0;
  for (let i = 0; i < list.count; i++) {
    const own = entries[i]!;
    const dropped = entries.some(
      (other, j) => j < list.count && (own.runs === other.runs ? encloses(own, other) : isCounterOf(own, other)),
    );
    if (dropped) continue;
    entries[i] = entries[kept]!;
    entries[kept++] = own;
  }
  list.count = kept;
}

const encloses = (outer: Candidate, inner: Candidate): boolean =>
  inner.left > outer.left && inner.right < outer.right && inner.top > outer.top && inner.bottom < outer.bottom;

/** True when `inner` lies between the left and the right end of `outer`, open above or below as in W at most a little. */
const standsBetween = (outer: Candidate, inner: Candidate): boolean =>
  inner.left > outer.left &&
  inner.right < outer.right &&
  Math.min(inner.bottom, outer.bottom) - Math.max(inner.top, outer.top) >= BETWEEN_SHARE * (inner.bottom - inner.top);

/** A hole between strokes, of a letter or of a digit: bowls and counters read as zeros and ones. */
function isCounterOf(hole: Candidate, letter: Candidate): boolean {
  if (!standsBetween(letter, hole)) return false;
  const box = (hole.right - hole.left) * (hole.bottom - hole.top);
  if (hole.runs.area[hole.root]! < LEAST_HOLE_FILL * box) return false;
  const { area, runCount } = letter.runs;
  const stroke = area[letter.root]! / runCount[letter.root]!;
  const beside = Math.max(MOST_BESIDE * (hole.right - hole.left), STROKES_BESIDE * stroke);
  return (
    stroke <= STROKE_RUNS * (letter.right - letter.left) &&
    letter.bottom - letter.top <= MOST_HIGHER * (hole.bottom - hole.top) &&
    hole.left - letter.left <= beside &&
    letter.right - hole.right <= beside
  );
}
