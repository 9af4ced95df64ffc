// Of a split's network inputs, in many blobs: all labels and a few images. One blob lies in memory at a time.

import type { ArtifactRef } from '../artifacts/store.ts';
import { decodeInputs, INPUT_BYTES } from '../ml/dataset/packed-inputs.ts';
import type { StepContext } from './step.ts';

/**
 * Class indices of all samples, in order.
 * @throws MalformedInputs; as `read` does
 */
export async function readLabels({ read }: Pick<StepContext, 'read'>, inputs: ArtifactRef[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const ref of inputs) parts.push(decodeInputs(await read(ref)).labels.slice()); // a view would hold the blob
  return Buffer.concat(parts);
}

/**
 * Pixels [32, 32] of the named samples. Blobs are read up to the last one that holds any.
 * @throws MalformedInputs; RangeError for a sample that is in none; as `read` does
 */
export async function readImages(
  { read }: Pick<StepContext, 'read'>,
  inputs: ArtifactRef[],
  samples: readonly number[],
): Promise<Uint8Array[]> {
  const found = new Map<number, Uint8Array>();
  const wanted = new Set(samples);
  let start = 0;
  for (const ref of inputs) {
    if (found.size === wanted.size) break;
    const { count, images } = decodeInputs(await read(ref));
    for (const sample of wanted) {
      const row = sample - start;
      if (row >= 0 && row < count) found.set(sample, images.slice(row * INPUT_BYTES, (row + 1) * INPUT_BYTES));
    }
    start += count;
  }
  return samples.map((sample) => {
    const image = found.get(sample);
    if (image === undefined) throw new RangeError(`sample: expected one of ${start}, got number ${sample}`);
    return image;
  });
}
