// Pictures of any size as frames that the wire takes.

import type { GrayImage } from '../../ml/image/gray-image.ts';
import { resample } from '../../ml/image/resample.ts';
import { FRAME_HEADER_BYTES, GRAY_MAX, JPEG_MAX_SIDE } from '../protocol.ts';
import { UnreadableSource, type SourceFrame } from './source.ts';

/** What a server takes as one message, header included. */
const MAX_JPEG_BYTES = 262_144 - FRAME_HEADER_BYTES;

/** Digits survive it: quality 90 is what cameras write. */
const JPEG_QUALITY = 90;

/** As the page sends its camera: gray, at most 320×240. */
export function grayFrame(image: GrayImage): SourceFrame {
  const ratio = Math.min(1, GRAY_MAX.width / image.width, GRAY_MAX.height / image.height);
  if (ratio === 1) return { kind: 'gray8', bytes: image.pixels, width: image.width, height: image.height };
  const side = (length: number): number => Math.max(1, Math.floor(length * ratio));
  const { pixels, width, height } = resample(image, side(image.width), side(image.height), 'area');
  return { kind: 'gray8', bytes: pixels, width, height };
}

/**
 * A picture file as a JPEG frame: as it is where it is one and small enough, else written anew, upright.
 * @param name for errors
 * @throws UnreadableSource
 */
export async function jpegFrame(bytes: Uint8Array, name: string): Promise<SourceFrame> {
  const { default: sharp } = await import('sharp');
  try {
    const { format, width, height, orientation = 1 } = await sharp(bytes).metadata();
    const isFitting = Math.max(width, height) <= JPEG_MAX_SIDE && bytes.byteLength <= MAX_JPEG_BYTES;
    if (format === 'jpeg' && isFitting && orientation === 1) return { kind: 'jpeg', bytes, width, height };
    const { data, info } = await sharp(bytes)
      .rotate()
      .resize(JPEG_MAX_SIDE, JPEG_MAX_SIDE, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: 'white' })
      .grayscale() // colours say nothing about digits, and cost a third
      .jpeg({ quality: JPEG_QUALITY })
      .toBuffer({ resolveWithObject: true });
    if (data.byteLength > MAX_JPEG_BYTES) throw new TypeError(`${data.byteLength} bytes as JPEG`);
    return { kind: 'jpeg', bytes: data, width: info.width, height: info.height };
  } catch (error) {
    throw new UnreadableSource(`${name}: expected a picture, got ${error instanceof Error ? error.message : 'none'}`, {
      cause: error,
    });
  }
}
