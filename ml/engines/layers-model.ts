// Opens a published model in the TensorFlow.js layers format, as `tf.loadLayersModel` does in a page, to prove that it
// answers what the trainer answered.

import { INPUT_SIZE } from '../model.ts';
import { loadTensorFlow } from './graph/tensorflow.ts';

export interface LayersFiles {
  /** Bytes of model.json. */
  model: Uint8Array;
  /** Bytes of weights.bin. */
  weights: Uint8Array;
}

export interface LayersModel {
  /** Probabilities [count, classes] of network inputs in bytes, [count, 32, 32]. Blocks its thread. */
  predict(images: Uint8Array, count: number): Float32Array;
  /** The same for inputs that were divided by 255 already, [count, 32, 32, 1]. */
  predictValues(values: Float32Array, count: number): Float32Array;
  dispose(): void;
}

/** @throws EngineFailure when TensorFlow can't be loaded, or its own errors when the files are no layers model */
export async function openLayersModel({ model, weights }: LayersFiles): Promise<LayersModel> {
  const tf = await loadTensorFlow();
  const { modelTopology, weightsManifest } = JSON.parse(Buffer.from(model).toString('utf8')) as {
    modelTopology: object;
    weightsManifest: { weights: Parameters<typeof tf.io.fromMemory>[1] }[];
  };
  const artifacts = {
    modelTopology,
    weightSpecs: weightsManifest[0]!.weights as never,
    weightData: Uint8Array.from(weights).buffer,
  };
  const layers = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  const predictValues = (values: Float32Array, count: number): Float32Array =>
    tf.tidy(() => {
      const input = tf.tensor4d(values, [count, INPUT_SIZE, INPUT_SIZE, 1]);
      return (layers.predict(input) as ReturnType<typeof tf.tensor>).dataSync<'float32'>().slice();
    });
  return {
    predict: (images, count) =>
      predictValues(
        Float32Array.from(images, (byte) => byte / 255),
        count,
      ),
    predictValues,
    dispose: () => layers.dispose(),
  };
}
