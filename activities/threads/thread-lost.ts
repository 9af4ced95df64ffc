/** Thrown when a step's thread ended without a result, e.g. out of memory. Another attempt may go better. */
export class StepThreadLost extends Error {
  override readonly name = 'StepThreadLost';
  readonly code = 'StepThreadLost';
  readonly retryable = true;
}
