import type { Batch } from '../engine.ts';
import { INPUT_BYTES, type PackedInputs } from '../dataset/packed-inputs.ts';
import type { SampleOrder } from './sample-order.ts';

/** Samples in parts, addressed as one row: 134 MB for the default pool, never copied as a whole. */
export interface Pool {
  count: number;
  /** Copies sample `index` into place `place` of a batch. */
  copyInto(batch: Batch, place: number, index: number): void;
}

/** @throws RangeError when there is no sample */
export function createPool(parts: PackedInputs[]): Pool {
  const starts: number[] = [];
  let count = 0;
  for (const part of parts) {
    starts.push(count);
    count += part.count;
  }
  if (count === 0) throw new RangeError('pool: expected at least one sample, got none');
  return {
    count,
    copyInto({ images, labels }, place, index) {
      const partIndex = starts.findLastIndex((start) => start <= index);
      const part = parts[partIndex]!;
      const row = index - starts[partIndex]!;
      images.set(part.images.subarray(row * INPUT_BYTES, (row + 1) * INPUT_BYTES), place * INPUT_BYTES);
      labels[place] = part.labels[row]!;
    },
  };
}

/** A batch to be filled again and again. */
export const createBatch = (size: number): Batch => ({
  images: new Uint8Array(size * INPUT_BYTES),
  labels: new Int32Array(size),
});

/** Fills the batch of a train step, counted from 1. */
export function fillBatch(batch: Batch, pool: Pool, order: SampleOrder, trainStep: number): void {
  const size = batch.labels.length;
  const first = (trainStep - 1) * size;
  for (let place = 0; place < size; place++) pool.copyInto(batch, place, order(first + place));
}
