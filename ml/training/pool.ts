import type { Batch } from '../engine.ts';
import { lastAtMost } from '../dataset/last-at-most.ts';
import { INPUT_BYTES } from '../dataset/packed-inputs.ts';
import type { SampleOrder } from './sample-order.ts';

/** Samples of the pool. Its labels are at hand; its images may lie anywhere, and are asked for one by one. */
export interface PoolPart {
  count: number;
  /** [count] class indices. */
  labels: Uint8Array;
  /** Writes image `row`, counted from 0, into `images` from byte `at` on. */
  copyImage(row: number, images: Uint8Array, at: number): void;
}

/** Samples in parts, addressed as one row. */
export interface Pool {
  count: number;
  /** Copies sample `index` into place `place` of a batch. */
  copyInto(batch: Batch, place: number, index: number): void;
}

/** @throws RangeError when there is no sample */
export function createPool(parts: readonly PoolPart[]): Pool {
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
      const partIndex = lastAtMost(starts, index);
      const part = parts[partIndex]!;
      const row = index - starts[partIndex]!;
      part.copyImage(row, images, place * INPUT_BYTES);
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
