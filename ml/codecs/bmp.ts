// Reads BMP files without compression: 1, 4 and 8 bits with a palette; 16, 24 and 32 bits with the usual or own masks.
// Run-length coding is not read: the libraries that claim to read it disagree with each other.

import type { GrayImage } from '../image/gray-image.ts';

/** Thrown when bytes are no BMP of these kinds, or are cut short. */
export class InvalidBmp extends Error {
  override readonly name = 'InvalidBmp';
}

/** Thrown when a picture has more pixels than the caller allows. */
export class BmpTooLarge extends Error {
  override readonly name = 'BmpTooLarge';
}

const FILE_HEADER = 14;
const [UNCOMPRESSED, WITH_MASKS] = [0, 3];
const USUAL_MASKS: Record<number, Masks> = {
  16: [0x7c00, 0x3e0, 0x1f],
  32: [0xff0000, 0xff00, 0xff],
};
const BITS = [1, 4, 8, 16, 24, 32];

/** Red, green, blue. A fourth channel is not looked at: most programs leave zeros there and mean opaque. */
type Masks = [number, number, number];

interface Header {
  width: number;
  height: number;
  topDown: boolean;
  bits: number;
  /** Where the rows begin. */
  offset: number;
  /** Gray level of each palette entry; undefined above 8 bits. */
  palette: Uint8Array | undefined;
  masks: Masks | undefined;
}

/** Gray by BT.601, rounded as the PNG codec does. @throws InvalidBmp, BmpTooLarge */
export function decodeBmp(bytes: Uint8Array, { maxPixels }: { maxPixels: number }): GrayImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view, maxPixels);
  const { width, height, bits, offset, topDown } = header;
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  if (offset + rowBytes * height > bytes.length)
    throw new InvalidBmp(`expected ${rowBytes * height} bytes from ${offset} on, got an end at ${bytes.length}`);
  const pixels = new Uint8Array(width * height);
  const level = levelReader(view, header);
  for (let y = 0; y < height; y++) {
    const row = offset + (topDown ? y : height - 1 - y) * rowBytes;
    for (let x = 0; x < width; x++) pixels[y * width + x] = level(row, x);
  }
  return { pixels, width, height };
}

function readHeader(view: DataView, maxPixels: number): Header {
  const need = (end: number, what: string): void => {
    if (end > view.byteLength) throw new InvalidBmp(`expected ${what} up to byte ${end}, got ${view.byteLength} bytes`);
  };
  need(FILE_HEADER + 40, 'a header');
  const headerBytes = view.getUint32(14, true);
  if (headerBytes < 40 || headerBytes > 256) throw new InvalidBmp(`expected a header of 40 bytes, got ${headerBytes}`);
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (width < 1 || height < 1) throw new InvalidBmp(`expected sides of at least one pixel, got ${width}×${height}`);
  if (width * height > maxPixels) throw new BmpTooLarge(`expected at most ${maxPixels} pixels, got ${width}×${height}`);
  if (!BITS.includes(bits)) throw new InvalidBmp(`expected ${BITS.join(', ')} bits a pixel, got ${bits}`);
  const masked = compression === WITH_MASKS && (bits === 16 || bits === 32);
  if (compression !== UNCOMPRESSED && !masked)
    throw new InvalidBmp(`expected no compression, got number ${compression} with ${bits} bits a pixel`);
  // Masks stand in larger headers, and right behind the small one.
  const ownMasks = masked && headerBytes === 40 ? 12 : 0;
  const paletteAt = FILE_HEADER + headerBytes + ownMasks;
  if (masked) need(FILE_HEADER + 52, 'masks');
  return {
    width,
    height,
    topDown: signedHeight < 0,
    bits,
    offset: view.getUint32(10, true),
    palette:
      bits > 8 ? undefined : readPalette(view, paletteAt, Math.min(view.getUint32(46, true) || 256, 1 << bits), need),
    masks: masked ? ([54, 58, 62].map((at) => view.getUint32(at, true)) as Masks) : USUAL_MASKS[bits],
  };
}

function readPalette(view: DataView, at: number, count: number, need: (end: number, what: string) => void): Uint8Array {
  need(at + 4 * count, 'a palette');
  return Uint8Array.from({ length: count }, (_, i) =>
    grayOf(view.getUint8(at + 4 * i + 2), view.getUint8(at + 4 * i + 1), view.getUint8(at + 4 * i)),
  );
}

/** @returns the gray level of pixel `x` of the row that begins at byte `row` */
function levelReader(view: DataView, { bits, palette, masks }: Header): (row: number, x: number) => number {
  if (palette !== undefined) {
    const mask = (1 << bits) - 1;
    const fromPalette = (index: number): number => {
      const level = palette[index];
      if (level === undefined) throw new InvalidBmp(`expected ${palette.length} colours, got number ${index}`);
      return level;
    };
    return (row, x) => {
      const bit = x * bits;
      return fromPalette((view.getUint8(row + (bit >> 3)) >> (8 - bits - (bit & 7))) & mask);
    };
  }
  if (bits === 24)
    return (row, x) =>
      grayOf(view.getUint8(row + 3 * x + 2), view.getUint8(row + 3 * x + 1), view.getUint8(row + 3 * x));
  const [red, green, blue] = masks!.map(channelReader) as [Channel, Channel, Channel];
  return (row, x) => {
    const value = bits === 16 ? view.getUint16(row + 2 * x, true) : view.getUint32(row + 4 * x, true);
    return grayOf(red(value), green(value), blue(value));
  };
}

type Channel = (value: number) => number;

/** The bits of a mask as a level of 0 to 255. @throws InvalidBmp when they don't lie side by side */
function channelReader(mask: number): Channel {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  if (mask === 0 || (most & (most + 1)) !== 0)
    throw new InvalidBmp(`expected masks of bits side by side, got ${mask.toString(16)}`);
  return (value) => Math.round((((value & mask) >>> shift) * 255) / most);
}

const grayOf = (red: number, green: number, blue: number): number =>
  (red * 4899 + green * 9617 + blue * 1868 + 8192) >> 14;
