// A loaded model that answers: picture in, label, probability and decision out. Ready only when it has proved itself.

import { type Decided, decide } from '../ml/decision.ts';
import { INPUT_BYTES, toNetworkInput } from '../ml/image/network-input.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';
import type { LoadedModel } from './load-model.ts';
import { proveRuntime } from './models/golden-check.ts';
import { createOnnxRuntime } from './runtimes/onnx.ts';
import type { ModelIdentity } from './serving.ts';

/** Inputs given to the runtime at once: more brings nothing, and holds the thread longer. */
const BATCH = 64;

export interface Predictor {
  readonly model: ModelIdentity;
  /** One whole picture as one digit. @throws InvalidImage for sides outside 1 … 4096 */
  predict(image: GrayImage): Promise<Decided>;
  /** Many at once, in their order. @throws as `predict` */
  predictMany(images: readonly GrayImage[]): Promise<Decided[]>;
  dispose(): Promise<void>;
}

/**
 * Opens a runtime for the model and lets it answer the golden inputs first.
 * @throws GoldenMismatch, RuntimeFailure; nothing stays open then
 */
export async function createPredictor(model: LoadedModel): Promise<Predictor> {
  const { classes, preprocessing, threshold, identity } = model;
  const runtime = await createOnnxRuntime({ model: model.files.onnx, classCount: classes.length });
  try {
    await proveRuntime(runtime, model.golden, `${identity.name} version ${identity.version}`);
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
  const predictBatch = async (images: readonly GrayImage[]): Promise<Decided[]> => {
    const inputs = new Uint8Array(images.length * INPUT_BYTES); // [batch, 32, 32]
    images.forEach(({ pixels, width, height }, index) =>
      inputs.set(toNetworkInput(pixels, width, height, preprocessing), index * INPUT_BYTES),
    );
    const probabilities = await runtime.run(inputs, images.length); // [batch, classes]
    return images.map((_, index) =>
      decide(probabilities.subarray(index * classes.length, (index + 1) * classes.length), classes, threshold),
    );
  };
  return {
    model: identity,
    async predict(image) {
      const [decided] = await predictBatch([image]);
      return decided!;
    },
    async predictMany(images) {
      const decided: Decided[] = [];
      for (let from = 0; from < images.length; from += BATCH)
        decided.push(...(await predictBatch(images.slice(from, from + BATCH))));
      return decided;
    },
    dispose: () => runtime.dispose(),
  };
}
