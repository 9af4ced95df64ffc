// Logits and probabilities, row by row, with ml's own exp and log: the same bits on every machine.

import { exp, log } from './math.ts';

// A runtime's softmax may round a hopeless class to 0; the smallest normal float32 keeps its logarithm finite.
const SMALLEST_PROBABILITY = 2 ** -126;

/** The largest of `count` logits, then the logarithm of the sum of exponents: log Σ exp(z · scale). */
export function logSumExp(logits: ArrayLike<number>, offset: number, count: number, scale = 1): number {
  let largest = -Infinity;
  for (let index = 0; index < count; index++) largest = Math.max(largest, logits[offset + index]! * scale);
  let sum = 0;
  for (let index = 0; index < count; index++) sum += exp(logits[offset + index]! * scale - largest);
  return largest + log(sum);
}

/**
 * Probabilities of every row.
 * @param logits [samples, classCount]
 * @param temperature > 0; logits are divided by it. @default 1
 * @returns [samples, classCount] float32; each row sums to 1 within rounding
 */
export function softmax(logits: Float32Array, classCount: number, temperature = 1): Float32Array {
  const probabilities = new Float32Array(logits.length);
  const scale = 1 / temperature;
  for (let offset = 0; offset < logits.length; offset += classCount) {
    const total = logSumExp(logits, offset, classCount, scale);
    for (let index = 0; index < classCount; index++)
      probabilities[offset + index] = exp(logits[offset + index]! * scale - total);
  }
  return probabilities;
}

/** Logits that give these probabilities: their logarithms. For a published model that no longer shows its logits. */
export function logitsOf(probabilities: Float32Array): Float32Array {
  return probabilities.map((probability) => log(Math.max(probability, SMALLEST_PROBABILITY)));
}
