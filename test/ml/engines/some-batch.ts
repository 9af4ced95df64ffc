import type { Batch } from '../../../ml/engine.ts';
import { INPUT_BYTES } from '../../../ml/dataset/packed-inputs.ts';
import { createRandom } from '../../../ml/random.ts';

/** Noisy vertical stripes, one period a class: easy to learn, hard to read by luck. */
export function someBatch(size: number, seed: number, classCount = 10): Batch {
  const random = createRandom(seed, 0x62617463);
  const labels = Int32Array.from({ length: size }, () => random.integer(classCount));
  const images = new Uint8Array(size * INPUT_BYTES);
  labels.forEach((label, i) => {
    const period = label + 2;
    const phase = random.integer(period);
    for (let p = 0; p < INPUT_BYTES; p++) {
      images[i * INPUT_BYTES + p] = ((p + phase) % period < period / 2 ? 180 : 20) + random.integer(60);
    }
  });
  return { images, labels };
}
