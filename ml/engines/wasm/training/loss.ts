// Cross entropy, its gradient, and how many were right: in double precision, with exponentials of ml/math.ts.

import { likeliestClass } from '../../../decision.ts';
import { exp } from '../../../math.ts';
import { logSumExp } from '../../../probabilities.ts';

export interface BatchLoss {
  /** Mean over the batch. */
  loss: number;
  /** Rows whose largest value stands at the label; the first of equals counts. */
  correct: number;
  /** Of the mean loss, by each logit: [batch, classCount]. */
  gradient: Float32Array;
}

/**
 * Softmax cross entropy against smoothed labels: 1 − smoothing + smoothing / classCount at the label, smoothing /
 * classCount elsewhere. Source: Szegedy and others, "Rethinking the Inception architecture", 2016.
 * @param logits [batch, classCount]
 * @param labels [batch]
 */
export function crossEntropy(logits: Float32Array, labels: Int32Array, smoothing: number): BatchLoss {
  const batch = labels.length;
  const classCount = logits.length / batch;
  const share = smoothing / classCount;
  const gradient = new Float32Array(logits.length);
  let loss = 0;
  let correct = 0;
  for (let row = 0; row < batch; row++) {
    const start = row * classCount;
    const label = labels[row]!;
    const logSum = logSumExp(logits, start, classCount);
    for (let c = 0; c < classCount; c++) {
      const expected = share + (c === label ? 1 - smoothing : 0);
      const logProbability = logits[start + c]! - logSum;
      loss -= expected * logProbability;
      gradient[start + c] = (exp(logProbability) - expected) / batch;
    }
    if (likeliestClass(logits, classCount, start) === label) correct++;
  }
  return { loss: loss / batch, correct, gradient };
}
