import type { PackedInputs } from '../../../ml/dataset/packed-inputs.ts';
import { someBatch } from '../engines/some-batch.ts';

/** Striped images of eleven classes as packed inputs. */
export function someInputs(count: number, seed: number): PackedInputs {
  const { images, labels } = someBatch(count, seed, 11);
  return {
    count,
    images,
    labels: Uint8Array.from(labels),
    sampleIndices: Uint32Array.from({ length: count }, (_, i) => i),
  };
}
