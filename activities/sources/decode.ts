// From the bytes of one file to a gray image, or to the reason why not. The type is sniffed: names lie.

import type { GrayImage } from '../../ml/image/gray-image.ts';
import { MAX_SIDE as LONGEST_SIDE } from '../../ml/image/gray-image.ts';
import { limitSize, ORIGINAL_SIDE } from '../../ml/image/resample.ts';
import { imageTypeOf, type ImageType } from '../../ml/codecs/image-type.ts';
import { BmpTooLarge, decodeBmp } from '../../ml/codecs/bmp.ts';
import { decodePng, PngTooLarge } from '../../ml/codecs/png.ts';
import type { RejectedItem } from './source.ts';

/** A file of more bytes is no picture of a digit; reading it would only cost memory. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;

const MAX_PIXELS = 4096 * 4096;

export type Decoded = GrayImage | RejectedItem['rejected'];

/**
 * Decodes PNG, JPEG, WebP, GIF, TIFF or BMP of any depth to gray (BT.601); what is transparent becomes white paper, of several
 * frames the first counts. The longest side is reduced to 128 pixels by area means. Never throws: what can't be read is
 * a reason. A PNG or BMP is decoded at once, without a promise: 10,000 small ones take a fraction of a second.
 */
export function decodeImage(bytes: Uint8Array): Decoded | Promise<Decoded> {
  if (bytes.length === 0) return { reason: 'empty', detail: 'expected an image, got a file of 0 bytes' };
  if (bytes.length > MAX_FILE_BYTES) return tooManyBytes(bytes.length);
  const type = imageTypeOf(bytes);
  if (type === undefined) return { reason: 'not-an-image', detail: notAnImage(bytes) };
  return isOwn(type) ? decodeOwn(type, bytes) : decodeWithSharp(type, bytes);
}

/** Whether `decodeImage` decodes these bytes in its caller's thread, and so `decodeAtOnce` elsewhere. */
export function isDecodedAtOnce(bytes: Uint8Array): boolean {
  const type = bytes.length <= MAX_FILE_BYTES ? imageTypeOf(bytes) : undefined;
  return type !== undefined && isOwn(type);
}

/** What `decodeImage` says of bytes for which `isDecodedAtOnce` is true. */
export const decodeAtOnce = (bytes: Uint8Array): Decoded => decodeOwn(imageTypeOf(bytes) as OwnType, bytes);

type OwnType = 'png' | 'bmp';
const isOwn = (type: ImageType): type is OwnType => type === 'png' || type === 'bmp';

function decodeOwn(type: OwnType, bytes: Uint8Array): Decoded {
  try {
    return toOriginal((type === 'png' ? decodePng : decodeBmp)(bytes, { maxPixels: MAX_PIXELS }));
  } catch (error) {
    const tooLarge = error instanceof PngTooLarge || error instanceof BmpTooLarge;
    return { reason: tooLarge ? 'too-large' : 'unreadable', detail: messageOf(error) };
  }
}

/** The reason for a file that is not even read. */
export function tooManyBytes(sizeBytes: number): RejectedItem['rejected'] {
  return { reason: 'too-large', detail: `expected at most ${MAX_FILE_BYTES} bytes, got ${sizeBytes}` };
}

async function decodeWithSharp(type: ImageType, bytes: Uint8Array): Promise<Decoded> {
  // Loaded on the first file that needs it: most sets of digits are PNG, and libvips costs 40 MB.
  const { default: sharp } = await import('sharp');
  sharp.cache(false); // every picture is seen once
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'warning' })
      .autoOrient()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return toOriginal(toGray(data, info.width, info.height, info.channels));
  } catch (error) {
    const detail = messageOf(error);
    return { reason: /pixel limit/.test(detail) ? 'too-large' : 'unreadable', detail: `${type}: ${detail}` };
  }
}

/** Same weights and rounding as the PNG codec, so that a picture is the same sample in any format without loss. */
function toGray(data: Uint8Array, width: number, height: number, channels: number): GrayImage {
  const pixels = new Uint8Array(width * height);
  const alphaAt = channels % 2 === 0 ? channels - 1 : -1;
  for (let i = 0, at = 0; i < pixels.length; i++, at += channels) {
    const gray =
      channels < 3 ? data[at]! : (data[at]! * 4899 + data[at + 1]! * 9617 + data[at + 2]! * 1868 + 8192) >> 14;
    const alpha = alphaAt < 0 ? 255 : data[at + alphaAt]!;
    pixels[i] = Math.floor((gray * alpha + 255 * (255 - alpha)) / 255 + 0.5);
  }
  return { pixels, width, height };
}

/** An image as it stands in a dataset: at most 128 pixels a side. */
export function toOriginal(image: GrayImage): Decoded {
  if (Math.max(image.width, image.height) > LONGEST_SIDE) {
    return {
      reason: 'too-large',
      detail: `expected at most ${LONGEST_SIDE} pixels a side, got ${image.width}×${image.height}`,
    };
  }
  return limitSize(image, ORIGINAL_SIDE);
}

const notAnImage = (bytes: Uint8Array): string =>
  `expected PNG, JPEG, WebP, GIF, TIFF or BMP, got ${bytes.length} bytes that begin with ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`;

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300);
