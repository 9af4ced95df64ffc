// Our side of prediction: one input through the files of a published version, as an inference worker runs them. What the
// weights are makes no difference to the time, so they are the first ones.

import { createOnnxRuntime } from '../../../inference/runtimes/onnx.ts';
import { exportOnnx } from '../../../ml/export/onnx.ts';
import { initialWeights } from '../../../ml/engines/initial-weights.ts';
import { INPUT_SIZE, networks, parametersOf, weightsFromVector } from '../../../ml/model.ts';
import { medianOf } from '../../harness.ts';

const CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));

export interface Predicting {
  /** Median seconds of one input. */
  predict(network: 'compact' | 'reference', count: number): Promise<number>;
  close(): Promise<void>;
}

export async function openPredicting(): Promise<Predicting> {
  const open = async (network: 'compact' | 'reference') => {
    const layers = networks[network];
    const parameters = parametersOf(layers, CLASSES.length);
    const weights = weightsFromVector(parameters, initialWeights(parameters, 1));
    return createOnnxRuntime({
      model: exportOnnx({ layers, weights, classes: CLASSES }).bytes,
      classCount: CLASSES.length,
    });
  };
  const runtimes = { compact: await open('compact'), reference: await open('reference') };
  const input = Float32Array.from({ length: INPUT_SIZE ** 2 }, (_, i) => (i % 256) / 255);
  return {
    async predict(network, count) {
      const seconds: number[] = [];
      for (let i = -5; i < count; i++) {
        const start = performance.now();
        await runtimes[network].runValues(input, 1);
        if (i >= 0) seconds.push((performance.now() - start) / 1000);
      }
      return medianOf(seconds.toSorted((a, b) => a - b));
    },
    async close() {
      await runtimes.compact.dispose();
      await runtimes.reference.dispose();
    },
  };
}
