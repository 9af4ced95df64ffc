import { createRandom } from '../random.ts';

const BITS = 14;
/** How many values the table has; a power of two. */
export const NOISE_LENGTH = 1 << BITS;
/** What stands for a standard deviation of 1. */
export const NOISE_ONE = 256;

let table: Int16Array | undefined;

/** A table of standard normal values × 256, the same in every process: drawing one from it costs a load. */
export function noiseTable(): Int16Array {
  if (table === undefined) {
    const random = createRandom(0, 0x6e6f6973);
    table = Int16Array.from({ length: NOISE_LENGTH }, () => Math.floor(random.normal() * NOISE_ONE + 0.5));
  }
  return table;
}
