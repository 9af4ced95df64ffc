import { INPUT_BYTES, type PackedInputs } from '../../../ml/dataset/packed-inputs.ts';
import type { TrainParameters } from '../../../ml/train.ts';
import type { PoolPart } from '../../../ml/training/pool.ts';
import { someBatch } from '../engines/some-batch.ts';

/** Striped images of eleven classes as packed inputs. */
export function someInputs(count: number, seed: number): PackedInputs {
  const { images, labels } = someBatch(count, seed, 11);
  return {
    count,
    images,
    labels: Uint8Array.from(labels),
    sampleIndices: Uint32Array.from({ length: count }, (_, i) => i),
  };
}

/** A part of a pool that lies in memory. */
export const inMemory = ({ count, labels, images }: PackedInputs): PoolPart => ({
  count,
  labels,
  copyImage: (row, into, at) => into.set(images.subarray(row * INPUT_BYTES, (row + 1) * INPUT_BYTES), at),
});

/** Of a training that is over at once, on batches of 4. */
export const shortTraining: TrainParameters = {
  network: 'compact',
  trainSteps: 25,
  batchSize: 4,
  peakRate: 0.01,
  warmupShare: 0.2,
  weightDecay: 1e-4,
  labelSmoothing: 0.1,
  batchNormMomentum: 0.9,
  seed: 3,
  validationEverySteps: 10,
};
