import type { StepReport, TrainParameters } from '../../../ml/train.ts';
import type { TrainProgress } from '../protocol.ts';

/** Progress is for eyes and heartbeats: five a second are enough. */
const REPORT_EVERY_MS = 200;

/** Share of the new rate in the smoothed one: a rate settles within two seconds. */
const SMOOTHING = 0.2;

/**
 * Sums up steps; gives a progress when it is time for one.
 * @param now monotonic milliseconds
 */
export function createProgressMeter(
  { trainSteps, batchSize }: Pick<TrainParameters, 'trainSteps' | 'batchSize'>,
  now: () => number,
): (report: StepReport) => TrainProgress | undefined {
  let startMs = now();
  let sums = { steps: 0, loss: 0, correct: 0 };
  let samplesPerSecond = 0;
  return ({ trainStep, rate, loss, correct }) => {
    sums = { steps: sums.steps + 1, loss: sums.loss + loss, correct: sums.correct + correct };
    const elapsedMs = now() - startMs;
    if (elapsedMs < REPORT_EVERY_MS && trainStep < trainSteps) return undefined;
    const samples = sums.steps * batchSize;
    const latest = (samples * 1_000) / Math.max(elapsedMs, 1e-3);
    samplesPerSecond = samplesPerSecond === 0 ? latest : samplesPerSecond + SMOOTHING * (latest - samplesPerSecond);
    const progress = {
      trainStep,
      trainSteps,
      rate,
      loss: sums.loss / sums.steps,
      accuracy: sums.correct / samples,
      samplesPerSecond,
      remainingMs: ((trainSteps - trainStep) * batchSize * 1_000) / samplesPerSecond,
    };
    startMs = now();
    sums = { steps: 0, loss: 0, correct: 0 };
    return progress;
  };
}
