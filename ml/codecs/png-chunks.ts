// The container of a PNG file: signature, chunks, checksums, header. Knows nothing of pixels.

import { crc32 } from 'node:zlib';
import { InvalidPng, PngTooLarge } from './png-error.ts';

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** How a pixel is stored. */
export type ColourType = 0 | 2 | 3 | 4 | 6;

export const channelsOf: Record<ColourType, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const depthsOf: Record<number, number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

export interface PngHeader {
  width: number;
  height: number;
  bitDepth: number;
  colourType: ColourType;
  interlaced: boolean;
}

export interface PngFile {
  header: PngHeader;
  /** RGB triples, only with colour type 3. */
  palette: Uint8Array;
  /** Content of tRNS, empty without. */
  transparency: Uint8Array;
  /** The compressed pixels, one piece an IDAT. */
  data: Uint8Array[];
}

/** Reads all chunks and checks their checksums. @throws InvalidPng, PngTooLarge */
export function readChunks(bytes: Uint8Array, maxPixels: number): PngFile {
  if (!isPng(bytes))
    throw new InvalidPng(`png: expected the PNG signature, got ${bytes.length} bytes that begin otherwise`);
  const { buffer, byteOffset } = bytes;
  const view = new DataView(buffer, byteOffset, bytes.byteLength);
  const file: PngFile = { header: undefined!, palette: none, transparency: none, data: [] };
  let position = 8;
  for (;;) {
    if (position + 12 > bytes.length) throw new InvalidPng(`png: expected a chunk at byte ${position}, got the end`);
    const length = view.getUint32(position);
    const end = position + 8 + length;
    if (end + 4 > bytes.length)
      throw new InvalidPng(`png: expected ${length} bytes in the chunk at ${position}, got the end`);
    const type = view.getUint32(position + 4);
    if (checksumOf(bytes, position + 4, end) !== view.getUint32(end))
      throw new InvalidPng(`png: checksum of the chunk at byte ${position} does not fit`);
    const content = new Uint8Array(buffer, byteOffset + position + 8, length); // a Buffer's `subarray` makes a Buffer, slowly
    if (file.header === undefined && type !== chunk.IHDR) throw new InvalidPng('png: expected IHDR as the first chunk');
    if (type === chunk.IHDR) file.header = readHeader(content, maxPixels);
    else if (type === chunk.PLTE) file.palette = content;
    else if (type === chunk.tRNS) file.transparency = content;
    else if (type === chunk.IDAT) file.data.push(content);
    else if (type === chunk.IEND) return file;
    else if ((type & 0x20000000) === 0) throw new InvalidPng(`png: unknown critical chunk at byte ${position}`);
    position = end + 4;
  }
}

/** Chunks of fewer bytes are summed here before zlib is called. */
const FEW_BYTES = 32;
const CHECKSUMS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

function checksumOf(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > FEW_BYTES) return crc32(new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from));
  let rest = -1;
  for (let i = from; i < to; i++) rest = CHECKSUMS[(rest ^ bytes[i]!) & 255]! ^ (rest >>> 8);
  return ~rest >>> 0;
}

function isPng(bytes: Uint8Array): boolean {
  for (let i = 0; i < SIGNATURE.length; i++) if (bytes[i] !== SIGNATURE[i]) return false;
  return true;
}

const none = new Uint8Array(0);

/** A chunk's four letters as one number. */
const named = (letters: string): number =>
  Array.from(letters).reduce((number, letter) => number * 256 + letter.charCodeAt(0), 0);
const chunk = {
  IHDR: named('IHDR'),
  PLTE: named('PLTE'),
  tRNS: named('tRNS'),
  IDAT: named('IDAT'),
  IEND: named('IEND'),
};

function readHeader(content: Uint8Array, maxPixels: number): PngHeader {
  if (content.length !== 13) throw new InvalidPng(`png: expected 13 bytes in IHDR, got ${content.length}`);
  const view = new DataView(content.buffer, content.byteOffset, 13);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const bitDepth = content[8]!;
  const colourType = content[9]!;
  const compression = content[10]!;
  const filter = content[11]!;
  const interlace = content[12]!;
  if (width === 0 || height === 0) throw new InvalidPng(`png: expected sides of 1 or more, got ${width}×${height}`);
  if (!depthsOf[colourType]?.includes(bitDepth) || compression || filter || interlace > 1)
    throw new InvalidPng(
      `png: no such format: bit depth ${bitDepth}, colour type ${colourType}, compression ${compression}, filter ${filter}, interlace ${interlace}`,
    );
  if (width * height > maxPixels)
    throw new PngTooLarge(`png: expected at most ${maxPixels} pixels, got ${width}×${height}`);
  return { width, height, bitDepth, colourType: colourType as ColourType, interlaced: interlace === 1 };
}
