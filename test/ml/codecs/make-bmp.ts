// BMP files made byte by byte, in every kind that the codec reads.

import type { GrayImage } from '../../../ml/image/gray-image.ts';

export interface BmpOptions {
  bits: number;
  topDown?: boolean;
  /** Bytes between palette and rows, as some programs leave them. */
  gap?: number;
  masks?: [number, number, number];
  compression?: number;
}

/** Gray as palette entries or equal channels; of 1 bit only whether a pixel is above 127. */
export function makeBmp(
  { pixels, width, height }: GrayImage,
  { bits, topDown = false, gap = 0, masks, compression = masks === undefined ? 0 : 3 }: BmpOptions,
): Buffer {
  const colours = bits > 8 ? 0 : 1 << bits;
  const palette = Buffer.alloc(colours * 4);
  for (let i = 0; i < colours; i++) palette.fill(Math.round((i * 255) / (colours - 1)), 4 * i, 4 * i + 3);
  const maskBytes = Buffer.alloc(masks === undefined ? 0 : 12);
  masks?.forEach((mask, i) => maskBytes.writeUInt32LE(mask, 4 * i));
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const rows = Buffer.alloc(rowBytes * height);
  const channels = masks ?? (bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff]);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const row = (topDown ? y : height - 1 - y) * rowBytes;
      const level = pixels[y * width + x]!;
      if (bits <= 8) {
        const index = Math.round((level * (colours - 1)) / 255);
        rows[row + ((x * bits) >> 3)]! |= index << (8 - bits - ((x * bits) & 7));
      } else if (bits === 24) rows.fill(level, row + 3 * x, row + 3 * x + 3);
      else {
        const value = channels.reduce((sum, mask) => sum + inMask(level, mask), 0);
        if (bits === 16) rows.writeUInt16LE(value, row + 2 * x);
        else rows.writeUInt32LE(value, row + 4 * x);
      }
    }
  const header = Buffer.alloc(54);
  const offset = 54 + maskBytes.length + palette.length + gap;
  header.write('BM');
  header.writeUInt32LE(offset + rows.length, 2);
  header.writeUInt32LE(offset, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(topDown ? -height : height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(compression, 30);
  return Buffer.concat([header, maskBytes, palette, Buffer.alloc(gap, 0xaa), rows]);
}

function inMask(level: number, mask: number): number {
  const lowest = mask & -mask;
  const most = (mask >>> 0) / (lowest >>> 0);
  return Math.round((level * most) / 255) * (lowest >>> 0);
}
