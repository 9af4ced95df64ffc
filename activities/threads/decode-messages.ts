// Batches of pictures as they cross the border of a thread: one buffer each way, handed over and not copied. A message
// costs as much as a small picture or two, so it carries many.

import type { Decoded } from '../sources/decode.ts';

/** Files, one behind the other. */
export interface FileBatch {
  bytes: Uint8Array<ArrayBuffer>;
  /** [files] where each ends. */
  ends: number[];
}

/** Pictures, one behind the other, in the order of their files. */
export interface DecodedBatch {
  pixels: Uint8Array<ArrayBuffer>;
  /** [files] a picture's sides, or why there is none. */
  found: ({ width: number; height: number } | Exclude<Decoded, { pixels: Uint8Array }>)[];
}

export function packBatch(files: readonly Uint8Array[]): FileBatch {
  const bytes = new Uint8Array(sum(files.map(({ length }) => length)));
  const ends: number[] = [];
  let end = 0;
  for (const file of files) {
    bytes.set(file, end);
    ends.push((end += file.length));
  }
  return { bytes, ends };
}

/** Views into the batch. */
export const unpackBatch = ({ bytes, ends }: FileBatch): Uint8Array[] =>
  ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1]!, end));

export function packDecoded(decoded: readonly Decoded[]): DecodedBatch {
  const pixels = new Uint8Array(sum(decoded.map((each) => ('pixels' in each ? each.pixels.length : 0))));
  let at = 0;
  const found = decoded.map((each) => {
    if (!('pixels' in each)) return each;
    const { width, height } = each;
    pixels.set(each.pixels, at);
    at += each.pixels.length;
    return { width, height };
  });
  return { pixels, found };
}

/** Views into the batch: a picture that is kept keeps its neighbours, which are mostly kept as well. */
export function unpackDecoded({ pixels, found }: DecodedBatch): Decoded[] {
  let at = 0;
  return found.map((each) => {
    if (!('width' in each)) return each;
    const { width, height } = each;
    return { pixels: pixels.subarray(at, (at += width * height)), width, height };
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
