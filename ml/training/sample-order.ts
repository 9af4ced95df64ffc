import { SAMPLE_ORDER_STREAM } from '../engines/streams.ts';
import { createRandom, permutation } from '../random.ts';

/** Which sample of the pool stands at a position of the run, positions counted from 0 over all passes. */
export type SampleOrder = (position: number) => number;

/**
 * The pool in a new seeded order at each pass; a batch may end one pass and begin the next, so no sample is left out.
 * Depends on (count, seed, position) only: a resumed run meets the same samples.
 * @param count samples of the pool, ≥ 1
 */
export function createSampleOrder(count: number, seed: number): SampleOrder {
  let pass = -1;
  let order: Uint32Array = new Uint32Array();
  return (position) => {
    const wanted = Math.floor(position / count);
    if (wanted !== pass) {
      order = permutation(count, createRandom(seed, SAMPLE_ORDER_STREAM, wanted));
      pass = wanted;
    }
    return order[position % count]!;
  };
}
