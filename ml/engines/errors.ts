/**
 * Thrown when a training step's loss, a gradient or a batch statistic is NaN or infinite. The state is as before the
 * step. Never worth a retry: the same step gives the same numbers.
 */
export class NotFiniteLoss extends Error {
  override readonly name = 'NotFiniteLoss';
  readonly code = 'NotFiniteLoss';
  readonly retryable = false;
  readonly trainStep: number;

  constructor({ trainStep, rate, what, cause }: { trainStep: number; rate: number; what: string; cause?: unknown }) {
    super(
      `train step ${trainStep}: expected finite numbers, got a NaN or infinite ${what} at rate ${rate}. ` +
        'Lower peakRate, or raise warmupShare.',
      { cause },
    );
    this.trainStep = trainStep;
  }
}

/** Thrown when the engine itself fails: its library can't be loaded, memory is short, a call is refused. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  readonly code = 'EngineFailure';
}
