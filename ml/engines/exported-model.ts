// Opens what was exported from the folder it lies in, as other programs do, to prove that it answers what the trainer
// answered.

import { MODEL_INPUT, MODEL_OUTPUT, TFJS_MODEL_FILE } from '../export/names.ts';
import { SERVING_SIGNATURE } from '../export/saved-model.ts';
import { INPUT_SIZE } from '../model.ts';
import { EngineFailure } from './errors.ts';
import { openSession } from './graph/session.ts';
import { loadTensorFlow } from './graph/tensorflow.ts';

export interface ExportedModel {
  /** Probabilities [count, classes] of network inputs divided by 255, [count, 32, 32, 1]. Blocks its thread. */
  predictValues(values: Float32Array, count: number): Float32Array;
  dispose(): void;
}

/** `tf.node.loadSavedModel`. @throws EngineFailure */
export async function openSavedModel(folder: string): Promise<ExportedModel> {
  const session = await openSession(await loadTensorFlow(), folder, [SERVING_SIGNATURE]);
  return {
    predictValues(values, count) {
      const shape = [count, INPUT_SIZE, INPUT_SIZE, 1];
      const { [MODEL_OUTPUT]: output } = session.run(SERVING_SIGNATURE, { [MODEL_INPUT]: { values, shape } });
      if (!(output instanceof Float32Array)) throw new EngineFailure(`graph: no ${MODEL_OUTPUT} among its outputs`);
      return output;
    },
    dispose: () => session.dispose(),
  };
}

/** `tf.loadLayersModel`. @throws EngineFailure when TensorFlow can't be loaded, or its own errors for other files */
export async function openLayersFolder(folder: string): Promise<ExportedModel> {
  const tf = await loadTensorFlow();
  const model = await tf.loadLayersModel(tf.io.fileSystem(`${folder}/${TFJS_MODEL_FILE}`));
  return {
    predictValues: (values, count) =>
      tf.tidy(() => {
        const input = tf.tensor4d(values, [count, INPUT_SIZE, INPUT_SIZE, 1]);
        return (model.predict(input) as ReturnType<typeof tf.tensor>).dataSync<'float32'>().slice();
      }),
    dispose: () => model.dispose(),
  };
}
