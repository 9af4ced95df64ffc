import { crc32, deflateSync } from 'node:zlib';
import type { GrayImage } from '../image/gray-image.ts';
import { checkImage, InvalidImage } from '../image/gray-image.ts';
import { SIGNATURE } from './png-chunks.ts';

/** A colour picture. */
export interface RgbImage {
  rgb: Uint8Array; // [height, width, 3]
  width: number;
  height: number;
}

/**
 * Encodes a gray or colour picture as an 8-bit PNG. The pixels are exact; the file's bytes may differ between versions
 * of zlib, so no digest is taken of them.
 * @throws InvalidImage when sides and number of bytes do not fit
 */
export function encodePng(image: GrayImage | RgbImage): Uint8Array {
  const { width, height } = image;
  const isRgb = 'rgb' in image;
  const rowBytes = isRgb ? 3 * width : width;
  const pixels = isRgb ? image.rgb : image.pixels;
  if (!isRgb) checkImage(pixels, width, height);
  else if (pixels.length !== rowBytes * height)
    throw new InvalidImage(
      `image: expected ${rowBytes * height} bytes for ${width}×${height} RGB, got ${pixels.length}`,
    );
  const rows = new Uint8Array(height * (rowBytes + 1)); // every row begins with filter 0: none
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * rowBytes, (y + 1) * rowBytes), y * (rowBytes + 1) + 1);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  header[9] = isRgb ? 2 : 0;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(content, 8);
  view.setUint32(content.length + 8, crc32(bytes.subarray(4, content.length + 8)));
  return bytes;
}
