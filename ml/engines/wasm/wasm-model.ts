// A published model that answers in WebAssembly: the same module in the page and in Node, which hand in their parts.

import { INPUT_SIZE } from '../../model.ts';
import { BACKEND, startBackend } from './backend.ts';
import { WasmFailure } from './errors.ts';
import { type LayersFiles, readLayersFiles } from './layers-files.ts';
import { openNetwork } from './network.ts';
import type { WasmParts } from './parts.ts';

const PIXELS = INPUT_SIZE * INPUT_SIZE;

export interface WasmModelFiles extends LayersFiles {
  /** The backend's .wasm file, plain or SIMD. Only the first one of a page or thread is used. */
  wasm: Uint8Array;
}

/** One thread. Blocks its thread: about 0.2 ms an input. */
export interface WasmModel {
  readonly classCount: number;
  /** Probabilities [count, classes] of network inputs [count, 32, 32] bytes. @throws RangeError, WasmFailure */
  predict(inputs: Uint8Array, count: number): Float32Array;
  /** The same of values [count, 32, 32, 1] float32 in [0, 1]. @throws RangeError, WasmFailure */
  predictValues(values: Float32Array, count: number): Float32Array;
  dispose(): void;
}

/** @throws UnsupportedModel, WasmFailure */
export async function openWith(parts: WasmParts, { wasm, ...files }: WasmModelFiles): Promise<WasmModel> {
  const layers = readLayersFiles(files); // before the backend: a bad file costs nothing
  await startBackend(parts, wasm);
  const { tf } = parts;
  const network = openNetwork(tf, layers);
  const predictValues = (values: Float32Array, count: number): Float32Array => {
    if (values.length !== count * PIXELS)
      throw new RangeError(`inputs: expected ${count} × ${PIXELS} pixels, got ${values.length}`);
    if (tf.getBackend() !== BACKEND)
      throw new WasmFailure(`expected TensorFlow.js to compute by ${BACKEND}, got ${tf.getBackend()}`);
    if (count === 0) return new Float32Array(0); // XNNPACK refuses an empty batch
    return tf.tidy(() =>
      network.forward(tf.tensor4d(values, [count, INPUT_SIZE, INPUT_SIZE, 1])).dataSync<'float32'>(),
    );
  };
  return {
    classCount: layers.classCount,
    predictValues,
    predict(inputs, count) {
      const values = new Float32Array(inputs.length);
      for (let index = 0; index < inputs.length; index++) values[index] = inputs[index]! / 255;
      return predictValues(values, count);
    },
    dispose: () => network.dispose(),
  };
}
