// How well a model reads a split: one pass over logits and labels, counters only, so memory doesn't grow with samples.
// What is computed here enters digests: it uses + − × ÷ √ and ml/math.ts.

import { decisionOf, likeliestClass, likeliestDigit, noneIndexOf, type Decision } from './decision.ts';
import { exp } from './math.ts';
import { logSumExp } from './probabilities.ts';
import { proportionOf, type Proportion } from './proportion.ts';
import { createReliabilityCounter, type ReliabilityBin } from './reliability.ts';

export interface MeasureInput {
  classes: readonly string[];
  /** [samples, classes] calibrated: their softmax is what the published model answers. */
  logits: Float32Array;
  /** [samples] class indices. */
  labels: ArrayLike<number>;
  /** 0–1, chosen on the validation split. */
  threshold: number;
  /** Source names, and for each sample an index into them. */
  sources: { names: readonly string[]; indices: ArrayLike<number> };
}

export interface ClassMetrics {
  class: string;
  /** Samples of this class. */
  support: number;
  /** Samples read as this class. */
  predicted: number;
  /** 0–1; null when nothing was read as this class. */
  precision: number | null;
  /** 0–1; null without samples. */
  recall: number | null;
  /** 0–1; null when precision or recall is. */
  f1: number | null;
}

/** Everything about some samples: the whole split, or one source of it. A share is null when it would be of nothing. */
export interface SampleMetrics {
  count: number;
  digitCount: number;
  /** Argmax over the digits, on the digit samples. */
  accuracy: Proportion | null;
  /** Argmax over all classes, on all samples. */
  accuracyAllClasses: Proportion | null;
  /** Mean cross-entropy over all classes and samples, natural logarithm; 0 without samples. */
  loss: number;
  /** Digit samples decided `digit` and read right. */
  recallAtThreshold: Proportion | null;
  /** Digit samples decided `digit` and read wrong. */
  wrongAtThreshold: Proportion | null;
  /** Samples of class `none` decided `digit`. */
  falseDigits: Proportion | null;
  decisions: Record<Decision, number>;
  classes: ClassMetrics[];
  /** [true class][class read], counts. */
  confusion: number[][];
  /** Expected calibration error over 15 bins of the largest probability, 0–1. */
  calibrationError: number;
  reliability: ReliabilityBin[];
}

export interface Metrics extends SampleMetrics {
  threshold: number;
  /** Only sources that have samples, in the order of `sources.names`. */
  bySource: Record<string, SampleMetrics>;
}

/** One sample as the decision rule sees it. */
interface Reading {
  label: number;
  digit: number;
  class: number;
  /** Largest probability over all classes. */
  confidence: number;
  decision: Decision;
  loss: number;
}

/**
 * Measures a split.
 * @throws RangeError when lengths do not fit, or a label or source index is out of range
 */
export function measure(input: MeasureInput): Metrics {
  const { classes, labels, logits, sources, threshold } = input;
  requireFits(input);
  const noneIndex = noneIndexOf(classes);
  const whole = createCounter(classes);
  const counters = sources.names.map(() => createCounter(classes));
  const row = new Float64Array(classes.length);
  for (let sample = 0; sample < labels.length; sample++) {
    const label = labels[sample]!;
    const counter = counters[sources.indices[sample]!];
    if (label >= classes.length || label < 0 || counter === undefined)
      throw new RangeError(
        `sample ${sample}: expected a label under ${classes.length} and a source under ${counters.length}, ` +
          `got ${label} and ${sources.indices[sample]}`,
      );
    const offset = sample * classes.length;
    const total = logSumExp(logits, offset, classes.length);
    for (let index = 0; index < classes.length; index++) row[index] = exp(logits[offset + index]! - total);
    const digit = likeliestDigit(row, classes.length, noneIndex);
    const likeliest = likeliestClass(row, classes.length);
    const reading: Reading = {
      label,
      digit,
      class: likeliest,
      confidence: row[likeliest]!,
      decision: decisionOf(row[digit] ?? 0, row[noneIndex] ?? 0, threshold),
      loss: total - logits[offset + label]!,
    };
    whole.add(reading);
    counter.add(reading);
  }
  const measured = sources.names.map((name, index) => [name, counters[index]!.result()] as const);
  return {
    ...whole.result(),
    threshold,
    bySource: Object.fromEntries(measured.filter(([, metrics]) => metrics.count > 0)),
  };
}

function requireFits({ classes, logits, labels, sources }: MeasureInput): void {
  if (logits.length !== labels.length * classes.length)
    throw new RangeError(`logits: expected ${labels.length} × ${classes.length} numbers, got ${logits.length}`);
  if (sources.indices.length !== labels.length)
    throw new RangeError(`sources: expected ${labels.length} indices, one a sample, got ${sources.indices.length}`);
}

function createCounter(classes: readonly string[]) {
  const noneIndex = noneIndexOf(classes);
  const confusion = classes.map(() => classes.map(() => 0));
  const decisions: Record<Decision, number> = { digit: 0, uncertain: 0, none: 0 };
  const reliability = createReliabilityCounter();
  let count = 0;
  let digitCount = 0;
  let rightDigits = 0;
  let rightClasses = 0;
  let keptRight = 0;
  let keptWrong = 0;
  let falseDigits = 0;
  let loss = 0;
  return {
    add(reading: Reading): void {
      count++;
      loss += reading.loss;
      confusion[reading.label]![reading.class]!++;
      decisions[reading.decision]++;
      const right = reading.class === reading.label;
      if (right) rightClasses++;
      reliability.add(reading.confidence, right);
      if (reading.label === noneIndex) {
        if (reading.decision === 'digit') falseDigits++;
        return;
      }
      digitCount++;
      const digitRight = reading.digit === reading.label;
      if (digitRight) rightDigits++;
      if (reading.decision === 'digit') {
        if (digitRight) keptRight++;
        else keptWrong++;
      }
    },
    result: (): SampleMetrics => ({
      count,
      digitCount,
      accuracy: proportionOf(rightDigits, digitCount),
      accuracyAllClasses: proportionOf(rightClasses, count),
      loss: count > 0 ? loss / count : 0,
      recallAtThreshold: proportionOf(keptRight, digitCount),
      wrongAtThreshold: proportionOf(keptWrong, digitCount),
      falseDigits: proportionOf(falseDigits, count - digitCount),
      decisions,
      classes: classes.map((name, index) => classMetrics(name, index, confusion)),
      confusion,
      calibrationError: reliability.error(),
      reliability: reliability.bins(),
    }),
  };
}

function classMetrics(name: string, index: number, confusion: number[][]): ClassMetrics {
  const right = confusion[index]![index]!;
  const support = confusion[index]!.reduce((sum, value) => sum + value, 0);
  const predicted = confusion.reduce((sum, row) => sum + row[index]!, 0);
  const precision = predicted > 0 ? right / predicted : null;
  const recall = support > 0 ? right / support : null;
  const f1 = precision === null || recall === null ? null : (2 * right) / (support + predicted);
  return { class: name, support, predicted, precision, recall, f1 };
}
