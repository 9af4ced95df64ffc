// A runtime over a model in the TensorFlow.js format, whichever engine answers for it.

import { checkInputs, checkProbabilities, valuesOf, type Runtime } from './runtime.ts';

export interface AnsweringModel {
  /** Probabilities [count, classes]. */
  predictValues(values: Float32Array, count: number): Float32Array;
  dispose(): void;
}

export function layersRuntime(name: string, model: AnsweringModel, classCount: number): Runtime {
  const runValues = async (values: Float32Array, count: number): Promise<Float32Array> => {
    checkInputs(values, count);
    const probabilities = model.predictValues(values, count);
    checkProbabilities(probabilities, count, classCount);
    return probabilities;
  };
  return {
    name,
    run: async (inputs, count) => runValues(valuesOf(inputs, count), count),
    runValues,
    dispose: async () => model.dispose(),
  };
}
