// Adam with decoupled weight decay: as the graph engine's optimizer node computes it.

import { pow } from '../../../math.ts';
import { BETA1, BETA2, EPSILON } from '../../adam-constants.ts';

export interface AdamWStep {
  /** Counted from 1: Adam's powers are made of it, so that state and step are the whole checkpoint. */
  trainStep: number;
  rate: number;
  weightDecay: number;
}

export interface Trained {
  /** Changed in place, like the moments. */
  values: Float32Array;
  firstMoments: Float32Array;
  secondMoments: Float32Array;
  gradient: Float32Array;
  decays: boolean;
}

/** values −= rate × weightDecay × values where they decay, then Adam's step. */
export function applyAdamW(trained: Trained[], { trainStep, rate, weightDecay }: AdamWStep): void {
  const stepRate = (rate * Math.sqrt(1 - pow(BETA2, trainStep))) / (1 - pow(BETA1, trainStep));
  for (const { values, firstMoments, secondMoments, gradient, decays } of trained) {
    const kept = decays ? 1 - rate * weightDecay : 1;
    for (let i = 0; i < values.length; i++) {
      const slope = gradient[i]!;
      const first = firstMoments[i]! + (1 - BETA1) * (slope - firstMoments[i]!);
      const second = secondMoments[i]! + (1 - BETA2) * (slope * slope - secondMoments[i]!);
      firstMoments[i] = first;
      secondMoments[i] = second;
      values[i] = kept * values[i]! - (stepRate * first) / (Math.sqrt(second) + EPSILON);
    }
  }
}
