// PNG to gray. sharp takes milliseconds to set up a picture of digit size; own loops take ten microseconds or two.

import { inflateSync } from 'node:zlib';
import type { GrayImage } from '../image/gray-image.ts';
import { inflateInto, MAX_INPUT_BYTES } from './inflate.ts';
import { channelsOf, readChunks } from './png-chunks.ts';
import type { PngFile, PngHeader } from './png-chunks.ts';
import { InvalidPng } from './png-error.ts';
import { grayReader, isPlainGray } from './png-gray.ts';
import { unfilter } from './png-unfilter.ts';

export interface DecodePngOptions {
  /** Pictures that declare more pixels are refused before anything is decompressed. @default 4096 × 4096 */
  maxPixels?: number;
}

/** Pixels of a small picture while it is decoded: of 128×128 colours with alpha, and half as many again. */
const small = new Uint8Array(96 * 1024);

/** A picture, or one of the seven passes of an interlaced one: pixel (x, y) lands at (left + x·stepX, top + y·stepY). */
interface Pass {
  left: number;
  top: number;
  stepX: number;
  stepY: number;
}

const WHOLE: Pass[] = [{ left: 0, top: 0, stepX: 1, stepY: 1 }];
const ADAM7: Pass[] = [
  { left: 0, top: 0, stepX: 8, stepY: 8 },
  { left: 4, top: 0, stepX: 8, stepY: 8 },
  { left: 0, top: 4, stepX: 4, stepY: 8 },
  { left: 2, top: 0, stepX: 4, stepY: 4 },
  { left: 0, top: 2, stepX: 2, stepY: 4 },
  { left: 1, top: 0, stepX: 2, stepY: 2 },
  { left: 0, top: 1, stepX: 1, stepY: 2 },
];

/**
 * Decodes a PNG of any colour type, 1 to 16 bits, interlaced or not, to gray (BT.601); transparent pixels become white
 * paper. Gamma and colour profiles are left alone.
 * @throws InvalidPng for bytes that are no PNG, cut short, or damaged
 * @throws PngTooLarge above `maxPixels`
 */
export function decodePng(bytes: Uint8Array, { maxPixels = 4096 * 4096 }: DecodePngOptions = {}): GrayImage {
  const file = readChunks(bytes, maxPixels);
  const { header } = file;
  const { width, height } = header;
  const passes = header.interlaced ? ADAM7 : WHOLE;
  let expected = 0;
  for (const pass of passes) expected += passRows(pass, height) * passRowBytes(pass, header);
  const data = inflate(file.data, expected);
  const pixels = new Uint8Array(width * height);
  if (isPlainGray(file)) unfilter({ data, start: 0, rows: height, rowBytes: width, pixelBytes: 1 }, pixels, 0);
  else readPasses(file, passes, data, pixels);
  return { pixels, width, height };
}

/** @param data filtered rows, one pass after the other; overwritten */
function readPasses(file: PngFile, passes: readonly Pass[], data: Uint8Array, pixels: Uint8Array): void {
  const { header } = file;
  const { width, height, colourType, bitDepth } = header;
  const read = grayReader(file);
  const pixelBytes = Math.max(1, (channelsOf[colourType] * bitDepth) >> 3);
  let start = 0;
  for (const pass of passes) {
    const rows = passRows(pass, height);
    const rowBytes = passRowBytes(pass, header) - 1;
    if (rowBytes < 0) continue;
    const count = Math.ceil((width - pass.left) / pass.stepX);
    unfilter({ data, start, rows, rowBytes, pixelBytes }, data, start);
    for (let row = 0; row < rows; row++) {
      const to = (pass.top + row * pass.stepY) * width + pass.left;
      read(data, start + row * rowBytes, count, pixels, to, pass.stepX);
    }
    start += rows * (rowBytes + 1);
  }
}

const passRows = (pass: Pass, height: number): number => Math.max(0, Math.ceil((height - pass.top) / pass.stepY));

/** Bytes of a row with its filter byte; 0 where the pass has no pixel. */
function passRowBytes(pass: Pass, { width, bitDepth, colourType }: PngHeader): number {
  const count = Math.ceil((width - pass.left) / pass.stepX);
  return count <= 0 ? 0 : 1 + Math.ceil((count * channelsOf[colourType] * bitDepth) / 8);
}

/** Decompresses exactly `expected` bytes, of small pictures into a buffer that is used again. */
function inflate(parts: Uint8Array[], expected: number): Uint8Array {
  const packed = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  if (expected > small.length || packed.length > MAX_INPUT_BYTES) return inflateLarge(packed, expected);
  if (!inflateInto(packed, small, expected)) throw new InvalidPng(notUnpacked(expected));
  return small;
}

/** The cap stops a bomb after its first surplus byte. */
function inflateLarge(packed: Uint8Array, expected: number): Uint8Array {
  let data: Uint8Array;
  try {
    data = inflateSync(packed, { maxOutputLength: expected });
  } catch (cause) {
    throw new InvalidPng(notUnpacked(expected), { cause });
  }
  if (data.length !== expected) throw new InvalidPng(notUnpacked(expected));
  return data;
}

const notUnpacked = (expected: number): string => `png: its data does not decompress to ${expected} bytes`;
