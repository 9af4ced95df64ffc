// The training loop: pool in seeded order → batches → optimizer steps by schedule, with validation, history and
// checkpoints. It knows no files, no clock and no TensorFlow; the engine is handed in.

import type { PackedInputs } from './dataset/packed-inputs.ts';
import type { TrainingEngine } from './engine.ts';
import type { NetworkName } from './model.ts';
import { createBatch, createPool, fillBatch, type PoolPart } from './training/pool.ts';
import { createSampleOrder } from './training/sample-order.ts';
import { rateAt } from './training/schedule.ts';
import { validate } from './training/validation.ts';

export interface TrainParameters {
  network: NetworkName;
  /** Optimizer steps in all, ≥ 1. */
  trainSteps: number;
  batchSize: number;
  peakRate: number;
  /** Share of the steps in which the rate grows linearly to its peak, 0 … 1; then it falls linearly to 0. */
  warmupShare: number;
  weightDecay: number;
  labelSmoothing: number;
  batchNormMomentum: number;
  seed: number;
  /** Validation also follows the last step. */
  validationEverySteps: number;
}

/** One point of the curves. */
export interface TrainPoint {
  trainStep: number;
  rate: number;
  /** Mean over the batches since the point before, label smoothing included. */
  loss: number;
  /** Share of samples right before their step, since the point before. */
  accuracy: number;
  validation: { loss: number; accuracy: number };
}

/** Sums since the last point of the history. */
interface Window {
  steps: number;
  loss: number;
  correct: number;
}

/** All that a run needs to go on bit for bit. */
export interface Checkpoint {
  /** The last step that the state has in it; 0 before the first. */
  trainStep: number;
  /** [engine.stateSize] */
  state: Float32Array;
  history: TrainPoint[];
  window: Window;
}

export interface StepReport {
  trainStep: number;
  rate: number;
  loss: number;
  /** How many of the batch were right before the step. */
  correct: number;
}

export interface TrainOptions {
  parameters: TrainParameters;
  /** The augmented training samples, in parts. */
  pool: readonly PoolPart[];
  validation: PackedInputs;
  /** Where to go on. @default from new weights */
  from?: Checkpoint | undefined;
  /** Looked at after each step; when aborted, a last checkpoint is given before the reason is thrown. */
  signal: AbortSignal;
  onStep?(report: StepReport): void;
  onPoint?(point: TrainPoint): void;
  /** Asked after each step. Checkpoints only read: when they are taken never changes results. @default never */
  isCheckpointDue?(trainStep: number): boolean;
  onCheckpoint?(checkpoint: Checkpoint): void;
}

/**
 * Trains to the end and gives the last checkpoint; the engine holds the weights. Gives the event loop a turn after
 * every step.
 * @throws RangeError for an empty pool or validation split, or a checkpoint beyond the last step; NotFiniteLoss;
 *   the signal's reason when aborted
 */
export async function train(engine: TrainingEngine, options: TrainOptions): Promise<Checkpoint> {
  const { parameters, signal, from } = options;
  const { trainSteps, batchSize, seed, validationEverySteps } = parameters;
  const pool = createPool(options.pool);
  if (options.validation.count === 0) throw new RangeError('validation: expected at least one sample, got none');
  const order = createSampleOrder(pool.count, seed);
  const batch = createBatch(batchSize);
  let { trainStep, history, window } = startAt(engine, from, trainSteps);

  const checkpoint = (): Checkpoint => ({
    trainStep,
    state: engine.exportState(),
    history: [...history],
    window: { ...window },
  });
  const breathe = async (): Promise<void> => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (!signal.aborted) return;
    options.onCheckpoint?.(checkpoint());
    signal.throwIfAborted();
  };
  const isPointDue = (): boolean =>
    trainStep > 0 &&
    (trainStep % validationEverySteps === 0 || trainStep === trainSteps) &&
    history.at(-1)?.trainStep !== trainStep;

  for (;;) {
    // Before the next step rather than after this one, so that a run aborted while validating resumes with it.
    if (isPointDue()) {
      const validation = await validate(engine, options.validation, breathe);
      const point = { trainStep, rate: rateAt(trainStep, parameters), ...meansOf(window, batchSize), validation };
      history = [...history, point];
      window = { steps: 0, loss: 0, correct: 0 };
      options.onPoint?.(point);
    }
    if (trainStep === trainSteps) return checkpoint();
    fillBatch(batch, pool, order, trainStep + 1);
    const rate = rateAt(trainStep + 1, parameters);
    const { loss, correct } = engine.trainStep(batch, trainStep + 1, rate);
    trainStep += 1;
    window = { steps: window.steps + 1, loss: window.loss + loss, correct: window.correct + correct };
    options.onStep?.({ trainStep, rate, loss, correct });
    if (options.isCheckpointDue?.(trainStep) === true) options.onCheckpoint?.(checkpoint());
    await breathe();
  }
}

function startAt(engine: TrainingEngine, from: Checkpoint | undefined, trainSteps: number): Omit<Checkpoint, 'state'> {
  if (from === undefined) {
    engine.initialise();
    return { trainStep: 0, history: [], window: { steps: 0, loss: 0, correct: 0 } };
  }
  if (from.trainStep > trainSteps) {
    throw new RangeError(`checkpoint: expected a train step of at most ${trainSteps}, got ${from.trainStep}`);
  }
  engine.restoreState(from.state);
  return from;
}

const meansOf = ({ steps, loss, correct }: Window, batchSize: number): { loss: number; accuracy: number } => ({
  loss: loss / steps,
  accuracy: correct / (steps * batchSize),
});
