// From probabilities to what is said about an image. Browser-safe: imports nothing. It does not know where the
// probabilities come from; they should be calibrated, or a threshold means something else for each model.

/** The one class that is not a digit: "nothing to read here". A dataset need not have it. */
export const NONE_CLASS = 'none';

/** `digit`: sure enough to say it. `uncertain`: a digit, but under the threshold. `none`: no digit. */
export type Decision = 'digit' | 'uncertain' | 'none';

export interface Decided {
  /** The likeliest digit, never `none`, whatever the decision. */
  label: string;
  /** Probability of `label`, 0–1. */
  probability: number;
  decision: Decision;
}

/** Index of the class `none`, −1 where the dataset has none. */
export const noneIndexOf = (classes: readonly string[]): number => classes.indexOf(NONE_CLASS);

/** Index of the likeliest digit in the row that starts at `offset`; the first of equals. −1 when there is no digit class. */
export function likeliestDigit(
  probabilities: ArrayLike<number>,
  classCount: number,
  noneIndex: number,
  offset = 0,
): number {
  let best = -1;
  for (let index = 0; index < classCount; index++) {
    if (index === noneIndex) continue;
    if (best < 0 || probabilities[offset + index]! > probabilities[offset + best]!) best = index;
  }
  return best;
}

/** Index of the likeliest class, `none` included; the first of equals. */
export function likeliestClass(probabilities: ArrayLike<number>, classCount: number, offset = 0): number {
  let best = 0;
  for (let index = 1; index < classCount; index++) {
    if (probabilities[offset + index]! > probabilities[offset + best]!) best = index;
  }
  return best;
}

/** The rule itself: `none` if it beats every digit, `digit` if the best digit reaches the threshold, else `uncertain`. */
export function decisionOf(digitProbability: number, noneProbability: number, threshold: number): Decision {
  if (noneProbability > digitProbability) return 'none';
  return digitProbability >= threshold ? 'digit' : 'uncertain';
}

/**
 * What to say about one image.
 * @param probabilities [classes] calibrated, 0–1
 * @param classes class names in the model's order, at least one besides `none`
 * @param threshold 0–1; from `thresholdForRecall` on the validation split
 * @throws RangeError when the lengths differ or no class is a digit
 */
export function decide(probabilities: ArrayLike<number>, classes: readonly string[], threshold: number): Decided {
  if (probabilities.length !== classes.length)
    throw new RangeError(`decide: expected ${classes.length} probabilities, one a class, got ${probabilities.length}`);
  const noneIndex = noneIndexOf(classes);
  const digit = likeliestDigit(probabilities, classes.length, noneIndex);
  const label = classes[digit];
  if (label === undefined) throw new RangeError(`decide: expected a class besides '${NONE_CLASS}', got none`);
  const probability = probabilities[digit]!;
  return { label, probability, decision: decisionOf(probability, probabilities[noneIndex] ?? 0, threshold) };
}
