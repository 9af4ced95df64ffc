// Samples as one blob of bytes, a shard of a dataset. Layout, little-endian:
// 'DFSH' · u32 version · u32 count · u32 bytes of names · u32 bytes of pixels ·
// count × { u32 group } · { u8 width } · { u8 height } · { u8 label } · { u8 source } · { u8 split hint } ·
// { 16 bytes of pixel digest } · { u16 bytes of the name } · all names in UTF-8 · all pixels.
// Each { } is a whole column. Equal samples give equal bytes. Here a shard is read; shard-writer.ts makes it.

import { DIGEST_BYTES, MAX_SIDE, SPLIT_HINTS, type Samples } from './samples.ts';
import { textsIn, type Texts } from './text-list.ts';

export const MAGIC = 0x48534644; // 'DFSH' read as little-endian u32
export const VERSION = 1;
export const HEADER_BYTES = 20;

/** Bytes a sample takes besides its name and pixels. */
export const ROW_BYTES = 4 + 5 + DIGEST_BYTES + 2;

/** A shard is read whole into memory, several at once: the bound keeps that small, and far below a blob's 64 MiB. */
export const MAX_SHARD_BYTES = 32 * 1024 * 1024;

/** Longer names are cut by whoever makes samples. */
export const MAX_NAME_BYTES = 1024;

/** What the largest sample adds to a shard, and a header. */
export const LARGEST_SAMPLE_BYTES = HEADER_BYTES + ROW_BYTES + MAX_NAME_BYTES + MAX_SIDE * MAX_SIDE;

/** Thrown when bytes are not a shard of version 1. Not worth a retry: the same bytes fail again. */
export class MalformedShard extends Error {
  override readonly name = 'MalformedShard';
  readonly code = 'MalformedShard';
  readonly retryable = false;
}

/**
 * Reads a shard. Byte columns, names and pixels are views into `bytes`, not copies: leave the bytes alone while they are used.
 * @throws MalformedShard for another format or version, and where lengths and counts do not agree
 */
export function decodeSamples(bytes: Uint8Array): Samples {
  if (bytes.length < HEADER_BYTES) fail(`at least ${HEADER_BYTES} bytes`, `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number): number => view.getUint32(index * 4, true);
  if (word(0) !== MAGIC) fail(`'DFSH' at byte 0`, `0x${view.getUint32(0).toString(16)}`);
  if (word(1) !== VERSION) fail(`version ${VERSION}`, `${word(1)}`);
  const count = word(2);
  const expectedBytes = HEADER_BYTES + count * ROW_BYTES + word(3) + word(4);
  if (bytes.length !== expectedBytes) fail(`${expectedBytes} bytes in all for ${count} samples`, `${bytes.length}`);

  let at = HEADER_BYTES;
  const column = (width: number): Uint8Array => bytes.subarray(at, (at += count * width));
  const groups = Uint32Array.from({ length: count }, (_, i) => view.getUint32(at + i * 4, true));
  at += count * 4;
  const [widths, heights, labels, sources, splitHints] = [column(1), column(1), column(1), column(1), column(1)];
  const digests = column(DIGEST_BYTES);
  const nameEnds = new Uint32Array(count);
  for (let i = 0, end = 0; i < count; i++, at += 2) nameEnds[i] = end += view.getUint16(at, true);
  const names = readNames(bytes.subarray(at, at + word(3)), nameEnds);
  const pixels = bytes.subarray(at + word(3));
  const offsets = imageOffsets(widths, heights, pixels.length);
  splitHints.forEach((hint, i) => {
    if (hint >= SPLIT_HINTS.length) fail(`a split hint in 0 … ${SPLIT_HINTS.length - 1} at sample ${i}`, `${hint}`);
  });
  return { count, labels, sources, groups, splitHints, digests, widths, heights, names, offsets, pixels };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readNames(table: Uint8Array, ends: Uint32Array): Texts {
  const total = ends.at(-1) ?? 0;
  if (total !== table.length) fail(`names of ${table.length} bytes in all`, `${total}`);
  try {
    utf8.decode(table);
  } catch (error) {
    fail('names in UTF-8', 'other bytes', { cause: error });
  }
  ends.forEach((end, i) => {
    const isCut = (table[end]! & 0xc0) === 0x80; // what follows begins in the middle of a character
    if (isCut) fail(`the name of sample ${i} to end with a character`, 'a part of one');
  });
  return textsIn(table, ends);
}

function imageOffsets(widths: Uint8Array, heights: Uint8Array, pixelBytes: number): Uint32Array {
  const offsets = new Uint32Array(widths.length + 1);
  for (let i = 0; i < widths.length; i++) {
    const width = widths[i]!;
    const height = heights[i]!;
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
      fail(`sides of 1 … ${MAX_SIDE} pixels at sample ${i}`, `${width} × ${height}`);
    }
    const end = offsets[i]! + width * height;
    if (end > pixelBytes) fail(`${pixelBytes} bytes of pixels in all`, `${end} or more up to sample ${i}`);
    offsets[i + 1] = end;
  }
  if (offsets.at(-1) !== pixelBytes) fail(`${pixelBytes} bytes of pixels in all`, `${offsets.at(-1)}`);
  return offsets;
}

function fail(expected: string, got: string, options?: ErrorOptions): never {
  throw new MalformedShard(`shard: expected ${expected}, got ${got}`, options);
}
