// Batches of pictures as they cross the border of a thread: one buffer each way, handed over and not copied. A message
// costs as much as a small picture or two, so it carries many.

import type { Decoded } from '../sources/decode.ts';

/** Files, one behind the other. */
export interface FileBatch {
  bytes: Uint8Array<ArrayBuffer>;
  /** [files] where each ends. */
  ends: Uint32Array;
}

type Reason = Exclude<Decoded, { pixels: Uint8Array }>;

/** Pictures, one behind the other, in the order of their files. Numbers cross the border for a fifth of what objects cost. */
export interface DecodedBatch {
  pixels: Uint8Array<ArrayBuffer>;
  /** [files, 2] width and height, 0 where there is no picture. */
  sides: Uint16Array;
  /** Why there is none, of each file without one. */
  reasons: Reason[];
}

export function packBatch(files: readonly Uint8Array[]): FileBatch {
  const bytes = new Uint8Array(sum(files.map(({ length }) => length)));
  const ends = new Uint32Array(files.length);
  let end = 0;
  files.forEach((file, i) => {
    bytes.set(file, end);
    ends[i] = end += file.length;
  });
  return { bytes, ends };
}

/** Views into the batch. */
export const unpackBatch = ({ bytes, ends }: FileBatch): Uint8Array[] =>
  Array.from(ends, (end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1]!, end));

export function packDecoded(decoded: readonly Decoded[]): DecodedBatch {
  const pixels = new Uint8Array(sum(decoded.map((each) => ('pixels' in each ? each.pixels.length : 0))));
  const sides = new Uint16Array(2 * decoded.length);
  const reasons: DecodedBatch['reasons'] = [];
  let at = 0;
  for (const [i, each] of decoded.entries()) {
    if ('pixels' in each) {
      sides[2 * i] = each.width;
      sides[2 * i + 1] = each.height;
      pixels.set(each.pixels, at);
      at += each.pixels.length;
    } else reasons.push(each);
  }
  return { pixels, sides, reasons };
}

/** Views into the batch: a picture that is kept keeps its neighbours, which are mostly kept as well. */
export function unpackDecoded({ pixels, sides, reasons }: DecodedBatch): Decoded[] {
  const decoded: Decoded[] = [];
  let at = 0;
  let nextReason = 0;
  for (let i = 0; i < sides.length / 2; i++) {
    const width = sides[2 * i]!;
    const height = sides[2 * i + 1]!;
    if (width === 0) decoded.push(reasons[nextReason++]!);
    else decoded.push({ pixels: pixels.subarray(at, (at += width * height)), width, height });
  }
  return decoded;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
