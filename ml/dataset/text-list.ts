// Texts by their number, as UTF-8 in one buffer: the names of a hundred thousand samples without an object each.

import { createByteList } from './byte-list.ts';

export interface TextList {
  push(text: string): void;
  /** The text that was pushed as number `index`, from 0. */
  at(index: number): string;
}

export function createTextList(): TextList {
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder('utf-8', { ignoreBOM: true })];
  const texts = createByteList();
  const ends = createByteList(); // [count] u32
  return {
    push(text) {
      texts.push(encoder.encode(text));
      ends.pushNumber(texts.length, 4);
    },
    at(index) {
      const { buffer, byteOffset } = ends.bytes();
      const view = new DataView(buffer, byteOffset);
      const from = index === 0 ? 0 : view.getUint32(4 * (index - 1), true);
      return decoder.decode(texts.bytes().subarray(from, view.getUint32(4 * index, true)));
    },
  };
}
