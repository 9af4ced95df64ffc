import { likeliestClass } from '../decision.ts';
import { INPUT_BYTES, type PackedInputs } from '../dataset/packed-inputs.ts';
import type { TrainingEngine } from '../engine.ts';
import { logSumExp } from '../probabilities.ts';

/** Images between two chances for others to run: 60 ms of the reference network. */
const CHUNK = 64;

export interface Validation {
  /** Mean cross entropy over all classes, without label smoothing. */
  loss: number;
  /** Share whose likeliest class is the label, all classes alike. */
  accuracy: number;
}

/**
 * Reads every sample with the engine's present weights.
 * @param breathe awaited between chunks; may throw to end it early
 */
export async function validate(
  engine: Pick<TrainingEngine, 'predict'>,
  { count, images, labels }: PackedInputs,
  breathe: () => Promise<void>,
): Promise<Validation> {
  let loss = 0;
  let correct = 0;
  for (let start = 0; start < count; start += CHUNK) {
    const size = Math.min(CHUNK, count - start);
    const logits = engine.predict(images.subarray(start * INPUT_BYTES, (start + size) * INPUT_BYTES), size);
    const classCount = logits.length / size;
    for (let i = 0; i < size; i++) {
      const label = labels[start + i]!;
      loss += logSumExp(logits, i * classCount, classCount) - logits[i * classCount + label]!;
      if (likeliestClass(logits, classCount, i * classCount) === label) correct++;
    }
    await breathe();
  }
  return { loss: loss / count, accuracy: correct / count };
}
