// Predictions by TensorFlow's own library through tfjs-node, from the TensorFlow.js files. Slower than ONNX Runtime and
// far larger in memory: for machines where that one doesn't run, and to compare.

import { openLayersModel, type LayersModel } from '../../ml/engines/layers-model.ts';
import { layersRuntime } from './layers-runtime.ts';
import { RuntimeFailure, type Runtime } from './runtime.ts';

export interface TfjsNodeOptions {
  /** Bytes of model.json and weights.bin. */
  layers: { model: Uint8Array; weights: Uint8Array };
  classCount: number;
}

/** @throws RuntimeFailure when TensorFlow can't be loaded or the files are no layers model */
export async function createTfjsNodeRuntime({ layers, classCount }: TfjsNodeOptions): Promise<Runtime> {
  let model: LayersModel;
  try {
    model = await openLayersModel(layers);
  } catch (cause) {
    throw new RuntimeFailure('expected a layers model that TensorFlow.js can load', { cause });
  }
  return layersRuntime('tfjs-node', model, classCount);
}
