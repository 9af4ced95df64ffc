// How sure is sure enough: the threshold is chosen on the validation split and never looks at the test split.

import { decisionOf, likeliestDigit, noneIndexOf } from './decision.ts';

// Runtimes agree with the trainer to 1e-4, so a threshold has no more places than that.
const THRESHOLD_STEPS = 10_000;
// Where nothing is confused, the highest threshold that keeps enough is nearly 1: it would turn away good digits for no gain
// and hang on the runtimes' last places.
const MAX_THRESHOLD = 0.9;

export interface ChosenThreshold {
  /** 0–0.9, rounded down to four places, so that what was kept stays kept. */
  threshold: number;
  /** Share of the digit samples that are decided `digit` and read right, 0–1. 0 when there is no digit sample. */
  recall: number;
  /** False when even threshold 0 keeps less than the target; `threshold` is then 0. */
  reached: boolean;
  /** Share of the samples of class `none` that are decided `digit`, 0–1; null when there is no such sample. */
  falseDigitRate: number | null;
}

/** One row of probabilities seen through the decision rule. */
interface Read {
  digit: number;
  probability: number;
  noneProbability: number;
}

/**
 * The highest threshold up to 0.9 that still keeps the wanted share of digits. Recall counts a digit sample as kept when its
 * decision is `digit` and the digit is the right one: a wrong digit above the threshold is no success.
 * @param probabilities [samples, classes] calibrated, of the validation split
 * @param labels [samples] class indices
 * @param recallTarget share of the digit samples to keep, 0–1
 * @throws RangeError when the lengths do not fit or the target lies outside 0–1
 */
export function thresholdForRecall(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
  classes: readonly string[],
  recallTarget: number,
): ChosenThreshold {
  if (!(recallTarget >= 0 && recallTarget <= 1))
    throw new RangeError(`recallTarget: expected a number from 0 to 1, got ${recallTarget}`);
  if (probabilities.length !== labels.length * classes.length)
    throw new RangeError(
      `probabilities: expected ${labels.length} × ${classes.length} numbers, got ${probabilities.length}`,
    );
  const noneIndex = noneIndexOf(classes);
  const kept: number[] = [];
  const falseDigits: number[] = [];
  let digitCount = 0;
  for (let sample = 0; sample < labels.length; sample++) {
    const read = readRow(probabilities, classes.length, noneIndex, sample);
    const isDigit = decisionOf(read.probability, read.noneProbability, 0) === 'digit';
    if (labels[sample] === noneIndex) {
      if (isDigit) falseDigits.push(read.probability);
      continue;
    }
    digitCount++;
    if (isDigit && read.digit === labels[sample]) kept.push(read.probability);
  }
  kept.sort((a, b) => b - a);
  const wanted = Math.ceil(recallTarget * digitCount - 1e-9);
  const reached = kept.length >= wanted;
  const last = wanted > 0 ? kept[wanted - 1] : kept[0];
  const threshold =
    reached && last !== undefined ? Math.min(MAX_THRESHOLD, Math.floor(last * THRESHOLD_STEPS) / THRESHOLD_STEPS) : 0;
  const atLeast = (values: number[]): number => values.filter((value) => value >= threshold).length;
  const noneCount = labels.length - digitCount;
  return {
    threshold,
    recall: digitCount > 0 ? atLeast(kept) / digitCount : 0,
    reached,
    falseDigitRate: noneCount > 0 ? atLeast(falseDigits) / noneCount : null,
  };
}

function readRow(probabilities: Float32Array, classCount: number, noneIndex: number, sample: number): Read {
  const offset = sample * classCount;
  const digit = likeliestDigit(probabilities, classCount, noneIndex, offset);
  return {
    digit,
    probability: probabilities[offset + digit] ?? 0,
    noneProbability: noneIndex < 0 ? 0 : probabilities[offset + noneIndex]!,
  };
}
