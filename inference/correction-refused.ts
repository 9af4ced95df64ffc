/** Thrown when a correction is not stored for a reason that the person can act on: the message is for him. */
export class CorrectionRefused extends Error {
  override readonly name = 'CorrectionRefused';
  readonly retryable = false;
}
