// What steps say to whoever counts. Every label has few values; no run, key or path becomes one.

import type { StepState } from '../artifacts/manifests.ts';

export interface StepMetrics {
  /** One attempt at a step has ended, or one was found finished. @param step its kind: parts of augment count as augment */
  stepEnded(figures: { step: string; state: StepState | 'failed'; seconds: number }): void;
  /** How fast the trainer is at the moment; undefined when it has ended. */
  trainRate(samplesPerSecond: number | undefined): void;
  /** From one heartbeat of a step to the next: ten seconds without one give the step to another worker. */
  heartbeatGap(seconds: number): void;
  /** A step waits for a person. */
  parked(step: string): void;
  published(gate: string): void;
}

const nothing = (): void => undefined;

/** Counts nothing. */
export const noMetrics: StepMetrics = {
  stepEnded: nothing,
  trainRate: nothing,
  heartbeatGap: nothing,
  parked: nothing,
  published: nothing,
};
