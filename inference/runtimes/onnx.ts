// Predictions by ONNX Runtime. The only importer of onnxruntime-node.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { MODEL_INPUT, MODEL_OUTPUT } from '../../ml/export/names.ts';
import { INPUT_SIZE } from '../../ml/model.ts';
import { type Runtime, RuntimeFailure } from './runtime.ts';

const PIXELS = INPUT_SIZE * INPUT_SIZE;

export interface OnnxOptions {
  /** Bytes of model.onnx. */
  model: Uint8Array;
  classCount: number;
  /** Threads inside one run. More than one brings nothing for networks of this size. @default 1 */
  threads?: number;
}

/** @throws RuntimeFailure when the bytes are no ONNX model with our input and output */
export async function createOnnxRuntime({ model, classCount, threads = 1 }: OnnxOptions): Promise<Runtime> {
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
  if (!session.inputNames.includes(MODEL_INPUT) || !session.outputNames.includes(MODEL_OUTPUT))
    throw new RuntimeFailure(
      `expected an ONNX model with input ${MODEL_INPUT} and output ${MODEL_OUTPUT}, ` +
        `got ${session.inputNames.join(', ')} and ${session.outputNames.join(', ')}`,
    );
  return {
    name: 'onnxruntime-node',
    async run(inputs, count) {
      if (inputs.length !== count * PIXELS)
        throw new RangeError(`inputs: expected ${count} × ${PIXELS} bytes, got ${inputs.length}`);
      const values = new Float32Array(inputs.length);
      for (let index = 0; index < inputs.length; index++) values[index] = inputs[index]! / 255;
      const shape = [count, INPUT_SIZE, INPUT_SIZE, 1];
      const outputs = await session.run({ [MODEL_INPUT]: new Tensor('float32', values, shape) });
      const probabilities = outputs[MODEL_OUTPUT]?.data;
      if (!(probabilities instanceof Float32Array) || probabilities.length !== count * classCount)
        throw new RuntimeFailure(
          `expected ${count} × ${classCount} probabilities, got ${outputs[MODEL_OUTPUT]?.dims.join(' × ') ?? 'none'}`,
        );
      return probabilities;
    },
    dispose: () => session.release(),
  };
}
