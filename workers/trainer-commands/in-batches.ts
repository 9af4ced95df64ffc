// Reads a file of packed inputs through a model, batch by batch, giving the event loop a turn after each.

import { readInputs } from '../../activities/trainer/child/open.ts';
import { INPUT_BYTES } from '../../ml/dataset/packed-inputs.ts';

const BATCH = 256;

/** @returns probabilities [count, classes] @throws MalformedInputs; the signal's reason */
export async function inBatches(
  inputsFile: string,
  signal: AbortSignal,
  predict: (images: Uint8Array, count: number) => Float32Array | Promise<Float32Array>,
): Promise<Float32Array> {
  const { count, images } = await readInputs(inputsFile);
  const parts: Float32Array[] = [];
  for (let start = 0; start < count; start += BATCH) {
    const size = Math.min(BATCH, count - start);
    parts.push(await predict(images.subarray(start * INPUT_BYTES, (start + size) * INPUT_BYTES), size));
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
