// Two models on the same samples: where they differ says more than two accuracies side by side.

import { likeliestDigit, noneIndexOf } from './decision.ts';
import { exp, log } from './math.ts';

/** Digit samples by who reads them right (argmax over the digits). */
export interface PairedReadings {
  both: number;
  onlyChallenger: number;
  onlyChampion: number;
  neither: number;
  /**
   * How often chance alone would part two equally good models at least this far, 0–1: the exact sign test (McNemar:
   * "Note on the sampling error of the difference between correlated proportions", Psychometrika 1947).
   */
  chance: number;
}

/**
 * @param challenger [samples, classes] logits or probabilities
 * @param champion the same samples in the same order
 * @param labels [samples] class indices
 * @throws RangeError when the lengths differ
 */
export function compareReadings(
  challenger: Float32Array,
  champion: Float32Array,
  labels: ArrayLike<number>,
  classes: readonly string[],
): PairedReadings {
  const expected = labels.length * classes.length;
  if (challenger.length !== expected || champion.length !== expected)
    throw new RangeError(
      `readings: expected ${labels.length} × ${classes.length} numbers each, got ${challenger.length} and ${champion.length}`,
    );
  const noneIndex = noneIndexOf(classes);
  const counts = { both: 0, onlyChallenger: 0, onlyChampion: 0, neither: 0 };
  for (let sample = 0; sample < labels.length; sample++) {
    const label = labels[sample]!;
    if (label === noneIndex) continue;
    const offset = sample * classes.length;
    const first = likeliestDigit(challenger, classes.length, noneIndex, offset) === label;
    const second = likeliestDigit(champion, classes.length, noneIndex, offset) === label;
    if (first) counts[second ? 'both' : 'onlyChallenger']++;
    else counts[second ? 'onlyChampion' : 'neither']++;
  }
  return { ...counts, chance: signTest(counts.onlyChallenger, counts.onlyChampion) };
}

/** Two-sided: 2 · P(at most the smaller of both successes in a + b tosses of a fair coin), at most 1. */
export function signTest(a: number, b: number): number {
  const tosses = a + b;
  let logTerm = -tosses * log(2); // C(n, 0) / 2^n
  let sum = exp(logTerm);
  for (let k = 1; k <= Math.min(a, b); k++) {
    logTerm += log((tosses - k + 1) / k);
    sum += exp(logTerm);
  }
  return Math.min(1, 2 * sum);
}
