import type { TrainingEngine } from '../../../ml/engine.ts';

export interface FakeEngine extends TrainingEngine {
  /** What each step was fed. */
  steps: { trainStep: number; rate: number; labels: number[] }[];
}

/** An engine without a network: its state is one number that every step changes by what it was fed. */
export function createFakeEngine({ classCount = 11, batchSize = 4 } = {}): FakeEngine {
  let value = 0;
  const steps: FakeEngine['steps'] = [];
  return {
    steps,
    weightsSize: 1,
    stateSize: 1,
    initialise: () => void (value = 1),
    trainStep(batch, trainStep, rate) {
      steps.push({ trainStep, rate, labels: [...batch.labels] });
      value = Math.fround(value * 0.9 + rate * batch.images[5]! + batch.labels[0]!);
      return { loss: value, correct: trainStep % (batchSize + 1) };
    },
    exportState: () => Float32Array.of(value),
    restoreState: (state) => void (value = state[0]!),
    exportWeights: () => Float32Array.of(value),
    restoreWeights: (weights) => void (value = weights[0]!),
    predict: (_images, count) => new Float32Array(count * classCount).map((_, i) => (i % classCount === 3 ? value : 0)),
    dispose: () => {},
  };
}
