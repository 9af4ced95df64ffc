// Which pixel digests are equal: each different one gets a number, in the order of coming. 24 to 48 bytes a digest, in two
// flat arrays; a map of strings takes several times that, in as many objects for the collector as there are samples.

import { createByteList } from './byte-list.ts';
import { DIGEST_BYTES, type SampleColumns } from './samples.ts';

export interface DigestIndex {
  /** How many different digests came. */
  readonly size: number;
  /** The number of the digest at `at`: of an equal one that came before, or the next one. */
  numberOf(digests: Uint8Array, at?: number): number;
}

const FREE = 0xffffffff;

export function createDigestIndex(): DigestIndex {
  const known = createByteList(); // [size, 16]
  let slots = new Uint32Array(1024).fill(FREE); // numbers, each at the first free place from its digest's own
  let size = 0;

  /** Where the digest stands, or would. Digests are hashes: their first bytes are as good as chosen by chance. */
  const slotOf = (digests: Uint8Array, at: number): number => {
    const mask = slots.length - 1;
    const first = digests[at]! | (digests[at + 1]! << 8) | (digests[at + 2]! << 16) | (digests[at + 3]! << 24);
    let slot = first & mask;
    while (slots[slot] !== FREE && !isEqual(known.bytes(), slots[slot]! * DIGEST_BYTES, digests, at)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  };
  const grow = (): void => {
    slots = new Uint32Array(2 * slots.length).fill(FREE);
    for (let number = 0; number < size; number++) slots[slotOf(known.bytes(), number * DIGEST_BYTES)] = number;
  };
  return {
    get size() {
      return size;
    },
    numberOf(digests, at = 0) {
      const slot = slotOf(digests, at);
      const found = slots[slot]!;
      if (found !== FREE) return found;
      slots[slot] = size;
      known.push(digests.subarray(at, at + DIGEST_BYTES));
      if (2 * ++size > slots.length) grow();
      return size - 1;
    },
  };
}

/** @returns [count] a number for each sample, equal for two exactly when their pixels are; in the order of coming, from 0 */
export function numberPixels({ count, digests }: SampleColumns): Uint32Array {
  const index = createDigestIndex();
  return Uint32Array.from({ length: count }, (_, sample) => index.numberOf(digests, sample * DIGEST_BYTES));
}

function isEqual(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  for (let i = 0; i < DIGEST_BYTES; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
