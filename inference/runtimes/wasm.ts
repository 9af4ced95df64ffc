// Predictions in WebAssembly from the TensorFlow.js files: what the page computes, in the server. For machines where
// ONNX Runtime doesn't run, and to compare.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { openWasmModel, type WasmModel } from '../../ml/engines/wasm/node.ts';
import { layersRuntime } from './layers-runtime.ts';
import { RuntimeFailure, type Runtime } from './runtime.ts';

export interface WasmRuntimeOptions {
  /** Bytes of model.json and weights.bin. */
  layers: { model: Uint8Array; weights: Uint8Array };
  classCount: number;
  /** False takes the plain binary, whose bits may differ. The first runtime of a thread decides for those after it. @default true */
  simd?: boolean;
}

/** One model holds the thread for about 0.2 ms an input. @throws RuntimeFailure when the files are no layers model */
export async function createWasmRuntime({ layers, classCount, simd = true }: WasmRuntimeOptions): Promise<Runtime> {
  let model: WasmModel;
  try {
    model = await openWasmModel({ ...layers, wasm: await binary(simd) });
  } catch (cause) {
    throw new RuntimeFailure('expected a layers model that the WebAssembly backend can load', { cause });
  }
  return layersRuntime('wasm', model, classCount);
}

/** Comes with the package; never fetched. */
const binary = (simd: boolean): Promise<Uint8Array> =>
  readFile(
    createRequire(import.meta.url).resolve(
      `@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm${simd ? '-simd' : ''}.wasm`,
    ),
  );
