import { INPUT_BYTES } from '../../../ml/dataset/packed-inputs.ts';
import { openEngine } from '../../../ml/engines/open-engine.ts';
import type { PredictInput, PredictOutput } from '../protocol.ts';
import type { Command } from './commands.ts';
import { engineHost, readInputs } from './open.ts';

/** Images between two turns of the event loop. */
const CHUNK = 256;

/** What only training needs; predicting reads neither. */
const TRAINING_ONLY = { labelSmoothing: 0, weightDecay: 0, batchNormMomentum: 0.9, seed: 0 };

/** Logits of every input, in order. */
export const predictCommand: Command<PredictInput, PredictOutput> = async (input, { signal }) => {
  const { network, classCount, weights } = input;
  const { count, images } = await readInputs(input.inputsFile);
  const engine = await openEngine(input.engine, { network, classCount, ...TRAINING_ONLY }, engineHost);
  try {
    engine.restoreWeights(weights);
    const logits = new Float32Array(count * classCount);
    for (let start = 0; start < count; start += CHUNK) {
      const size = Math.min(CHUNK, count - start);
      const part = engine.predict(images.subarray(start * INPUT_BYTES, (start + size) * INPUT_BYTES), size);
      logits.set(part, start * classCount);
      await new Promise<void>((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
    return { logits };
  } finally {
    engine.dispose();
  }
};
