export interface Schedule {
  /** ≥ 1 */
  trainSteps: number;
  /** > 0 */
  peakRate: number;
  /** Share of the steps in which the rate grows, 0 … 1. */
  warmupShare: number;
}

/**
 * The learning rate of a train step, counted from 1: grows linearly to the peak over the warm-up, then falls linearly
 * so that it would be 0 one step after the last.
 */
export function rateAt(trainStep: number, { trainSteps, peakRate, warmupShare }: Schedule): number {
  const warmup = Math.round(trainSteps * warmupShare);
  if (trainStep <= warmup) return (peakRate * trainStep) / warmup;
  return (peakRate * (trainSteps + 1 - trainStep)) / (trainSteps + 1 - warmup);
}
