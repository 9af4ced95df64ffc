// Texts by their number, as UTF-8 in one buffer: the names of a hundred thousand samples without an object each.

import { createByteList } from './byte-list.ts';

export interface Texts {
  readonly count: number;
  /** The text with number `index`, from 0. */
  at(index: number): string;
}

export interface TextList extends Texts {
  /** Gives a text the next number. */
  push(text: string): void;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Texts that stand one behind the other.
 * @param bytes UTF-8, of each text and so of all
 * @param ends [count] where each ends in `bytes`
 */
export function textsIn(bytes: Uint8Array, ends: Uint32Array): Texts {
  return {
    count: ends.length,
    at: (index) => decoder.decode(bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index])),
  };
}

export function createTextList(): TextList {
  const encoder = new TextEncoder();
  const texts = createByteList();
  const ends = createByteList(); // [count] u32
  const endOf = (index: number): number => {
    const { buffer, byteOffset } = ends.bytes();
    return new DataView(buffer, byteOffset).getUint32(4 * index, true);
  };
  return {
    get count() {
      return ends.length / 4;
    },
    push(text) {
      texts.push(encoder.encode(text));
      ends.pushNumber(texts.length, 4);
    },
    at: (index) => decoder.decode(texts.bytes().subarray(index === 0 ? 0 : endOf(index - 1), endOf(index))),
  };
}
