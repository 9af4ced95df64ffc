// What every engine checks before a call: native code takes wrong sizes silently and reads on behind an array's end.

import { INPUT_SIZE } from '../model.ts';
import type { Batch } from '../engine.ts';

const IMAGE_BYTES = INPUT_SIZE * INPUT_SIZE;

/** @throws RangeError for no sample, images and labels that don't fit, or a label outside 0 … classCount − 1 */
export function checkBatch({ images, labels }: Batch, classCount: number): void {
  if (labels.length === 0) throw new RangeError('batch: expected at least one sample, got none');
  checkImages(images, labels.length);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label < 0 || label >= classCount) {
      throw new RangeError(`batch: expected labels from 0 to ${classCount - 1}, got ${label} at position ${i}`);
    }
  }
}

/** @throws RangeError unless there are exactly `count` images of 32 × 32 bytes */
export function checkImages(images: Uint8Array, count: number): void {
  if (images.length !== count * IMAGE_BYTES) {
    throw new RangeError(`images: expected ${count} × ${IMAGE_BYTES} bytes, got ${images.length}`);
  }
}

/** @throws RangeError when the vector has another length */
export function checkVector(what: string, vector: Float32Array, size: number): void {
  if (vector.length !== size) throw new RangeError(`${what}: expected ${size} numbers, got ${vector.length}`);
}

/** @throws RangeError for a train step below 1 or a rate that is negative or not finite */
export function checkStep(trainStep: number, rate: number): void {
  if (!Number.isSafeInteger(trainStep) || trainStep < 1) {
    throw new RangeError(`train step: expected an integer from 1, got ${trainStep}`);
  }
  if (!Number.isFinite(rate) || rate < 0) throw new RangeError(`rate: expected a number from 0, got ${rate}`);
}
