// What can go wrong on the path of every step, whatever the step computes.

import type { LeaseRecord } from '../artifacts/manifests.ts';

/** Asking again sooner only costs requests: the holder renews every 5 s. */
const RETRY_AFTER_MS = 2_000;

/** Thrown when another worker is at the same step. Retryable: soon he will be done, and his result adopted. */
export class StepHeldElsewhere extends Error {
  override readonly name = 'StepHeldElsewhere';
  readonly retryable = true;
  readonly nextRetryDelayMs = RETRY_AFTER_MS;
  constructor({ step, stepKey }: { step: string; stepKey: string }, holder: LeaseRecord | undefined) {
    const who = holder === undefined ? 'another worker' : `attempt ${holder.attempt} of ${holder.workflowId}`;
    super(`${step} ${stepKey.slice(0, 8)}: expected nobody else at work on it, got ${who}`);
  }
}

/** Thrown when a compute function breaks its promises: an output it did not write, or a summary that is too large. */
export class InvalidStepOutput extends Error {
  override readonly name = 'InvalidStepOutput';
  readonly retryable = false;
  constructor(step: string, expected: string, got: string) {
    super(`${step}: expected ${expected}, got ${got}`);
  }
}

/** Thrown when a blob that was just written is not there any more. Retryable: another attempt writes it anew. */
export class OutputVanished extends Error {
  override readonly name = 'OutputVanished';
  readonly retryable = true;
  constructor(step: string, key: string, got: string) {
    super(`${step}: expected ${key} in the store before recording it, got ${got}`);
  }
}
