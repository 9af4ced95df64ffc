// Temperature scaling: one number, fitted on the validation split, that makes probabilities mean what they say, and its
// folding into the last layer, so that every runtime answers calibrated probabilities without knowing about it.
// Method: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017.

import { likeliestClass } from './decision.ts';
import { exp } from './math.ts';
import type { Layer, Weights } from './model.ts';
import { logSumExp } from './probabilities.ts';
import { createReliabilityCounter } from './reliability.ts';

// A validation split without a single mistake has no best temperature: colder is always better. Stop there.
export const MIN_TEMPERATURE = 0.1;
export const MAX_TEMPERATURE = 10;
// Each round halves the bracket at worst; Newton usually needs six.
const MAX_ROUNDS = 60;
// Finer than float32 weights can tell.
const TOLERANCE = 1e-8;

export interface TemperatureFit {
  /** Logits are divided by it; below 1 for a model that is not sure enough of itself. 0.1 … 10. */
  temperature: number;
  /** Mean cross-entropy on the validation split, at temperature 1 and at the fitted one. */
  lossBefore: number;
  lossAfter: number;
  /** Expected calibration error on the validation split, 15 bins. */
  errorBefore: number;
  errorAfter: number;
}

/** Thrown when the network has no dense layer at its end whose weights could take the temperature. */
export class NoLastDenseLayer extends Error {
  override readonly name = 'NoLastDenseLayer';
  constructor(found: string) {
    super(`folding a temperature: expected a dense layer at the end of the network, got ${found}`);
  }
}

/**
 * The temperature that minimises the cross-entropy of the validation split. The loss is convex in 1/T, so Newton's method
 * inside a bracket finds it; deterministic.
 * @param logits [samples, classCount]
 * @param labels [samples] class indices
 * @throws RangeError when there is no sample or the lengths differ
 */
export function fitTemperature(logits: Float32Array, labels: ArrayLike<number>, classCount: number): TemperatureFit {
  if (labels.length === 0 || logits.length !== labels.length * classCount)
    throw new RangeError(
      `logits: expected samples × ${classCount} numbers for ${labels.length} labels, got ${logits.length}`,
    );
  let low = 1 / MAX_TEMPERATURE;
  let high = 1 / MIN_TEMPERATURE;
  let scale = 1;
  for (let round = 0; round < MAX_ROUNDS && high - low > TOLERANCE; round++) {
    const { slope, curvature } = derivatives(logits, labels, classCount, scale);
    if (slope === 0) break;
    if (slope > 0) high = scale;
    else low = scale;
    const newton = scale - slope / curvature;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - scale) <= TOLERANCE) break;
    scale = next;
  }
  const temperature = 1 / scale;
  const before = judge(logits, labels, classCount, 1);
  const after = judge(logits, labels, classCount, scale);
  return {
    temperature,
    lossBefore: before.loss,
    lossAfter: after.loss,
    errorBefore: before.error,
    errorAfter: after.error,
  };
}

/** First and second derivative of the mean cross-entropy with respect to 1/T. */
function derivatives(logits: Float32Array, labels: ArrayLike<number>, classCount: number, scale: number) {
  let slope = 0;
  let curvature = 0;
  for (let sample = 0; sample < labels.length; sample++) {
    const offset = sample * classCount;
    const total = logSumExp(logits, offset, classCount, scale);
    let mean = 0;
    let meanSquare = 0;
    for (let index = 0; index < classCount; index++) {
      const logit = logits[offset + index]!;
      const probability = exp(logit * scale - total);
      mean += probability * logit;
      meanSquare += probability * logit * logit;
    }
    slope += mean - logits[offset + labels[sample]!]!;
    curvature += meanSquare - mean * mean;
  }
  return { slope: slope / labels.length, curvature: curvature / labels.length };
}

/** Mean cross-entropy and expected calibration error with logits multiplied by `scale`. */
function judge(logits: Float32Array, labels: ArrayLike<number>, classCount: number, scale: number) {
  const reliability = createReliabilityCounter();
  let loss = 0;
  for (let sample = 0; sample < labels.length; sample++) {
    const offset = sample * classCount;
    const total = logSumExp(logits, offset, classCount, scale);
    const likeliest = likeliestClass(logits.subarray(offset, offset + classCount), classCount);
    reliability.add(exp(logits[offset + likeliest]! * scale - total), likeliest === labels[sample]);
    loss += total - logits[offset + labels[sample]!]! * scale;
  }
  return { loss: loss / labels.length, error: reliability.error() };
}

/**
 * The same network answering logits divided by the temperature: kernel and bias of the last dense layer are.
 * @returns new weights; those given stay as they are, all but two arrays are shared with them
 * @throws NoLastDenseLayer when the network doesn't end in a dense layer
 */
export function foldTemperature(weights: Weights, layers: readonly Layer[], temperature: number): Weights {
  const last = layers.at(-1);
  if (last?.kind !== 'dense') throw new NoLastDenseLayer(last?.kind ?? 'no layer');
  if (!(temperature > 0)) throw new RangeError(`temperature: expected a number above 0, got ${temperature}`);
  const folded: Weights = new Map(weights);
  for (const part of ['kernel', 'bias']) {
    const name = `${last.name}/${part}`;
    const values = weights.get(name);
    if (values === undefined)
      throw new RangeError(`weights: expected '${name}', got ${[...weights.keys()].join(', ')}`);
    folded.set(
      name,
      values.map((value) => value / temperature),
    );
  }
  return folded;
}
