// Predictions by ONNX Runtime. The only importer of onnxruntime-node, loaded with the first model: where another runtime
// serves, this one need not be there.

import type { InferenceSession } from 'onnxruntime-node';
import { MODEL_INPUT, MODEL_OUTPUT } from '../../ml/export/names.ts';
import { INPUT_SIZE } from '../../ml/model.ts';
import { checkInputs, checkProbabilities, RuntimeFailure, valuesOf, type Runtime } from './runtime.ts';

export interface OnnxOptions {
  /** Bytes of model.onnx. */
  model: Uint8Array;
  classCount: number;
  /** Threads inside one run. More than one brings nothing for networks of this size. @default 1 */
  threads?: number;
}

/** @throws RuntimeFailure when the bytes are no ONNX model with our input and output */
export async function createOnnxRuntime({ model, classCount, threads = 1 }: OnnxOptions): Promise<Runtime> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3, // errors only: warnings go straight to stderr
    });
  } catch (cause) {
    throw new RuntimeFailure('expected an ONNX model that onnxruntime can load', { cause });
  }
  if (!session.inputNames.includes(MODEL_INPUT) || !session.outputNames.includes(MODEL_OUTPUT)) {
    const got = `${session.inputNames.join(', ')} and ${session.outputNames.join(', ')}`;
    await session.release();
    throw new RuntimeFailure(`expected an ONNX model with input ${MODEL_INPUT} and output ${MODEL_OUTPUT}, got ${got}`);
  }
  const runValues = async (values: Float32Array, count: number): Promise<Float32Array> => {
    checkInputs(values, count);
    const image = new Tensor('float32', values, [count, INPUT_SIZE, INPUT_SIZE, 1]);
    const probabilities = (await session.run({ [MODEL_INPUT]: image }))[MODEL_OUTPUT]?.data;
    checkProbabilities(probabilities, count, classCount);
    return probabilities;
  };
  return {
    name: 'onnxruntime-node',
    run: async (inputs, count) => runValues(valuesOf(inputs, count), count),
    runValues,
    dispose: () => session.release(),
  };
}
