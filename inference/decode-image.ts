// A picture file of a person to gray bytes. Frames of a camera take another way.

import sharp from 'sharp';
import { decodePng, PngTooLarge } from '../ml/codecs/png.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';

/** A digit that fills a picture of this side is seen as well as in a larger one, and found in a fraction of the time. */
const LONGEST_SIDE = 1_024;
/** A decompression bomb is refused before it is unpacked; cameras make 50 million pixels. */
const MOST_PIXELS = 100_000_000;

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Thrown when bytes are not a picture that can be read: empty, cut short, too large, or something else. */
export class UnreadableImage extends Error {
  override readonly name = 'UnreadableImage';
  readonly retryable = false;
}

/**
 * Decodes PNG, JPEG, WebP, GIF, TIFF to gray, upright by its EXIF orientation, transparent parts white.
 * A PNG is decoded by the codec that ingest uses, so that a sample of the dataset gives the same bytes here.
 * Pictures larger than 1,024 pixels a side are shrunk to that.
 * @throws UnreadableImage
 */
export async function decodeImage(bytes: Uint8Array): Promise<GrayImage> {
  if (bytes.length === 0) throw new UnreadableImage('expected a picture, got an empty file');
  if (PNG_SIGNATURE.equals(bytes.subarray(0, PNG_SIGNATURE.length))) {
    try {
      return decodePng(bytes, { maxPixels: LONGEST_SIDE * LONGEST_SIDE });
    } catch (error) {
      if (!(error instanceof PngTooLarge)) throw unreadable(error);
    }
  }
  return decodeBySharp(bytes);
}

async function decodeBySharp(bytes: Uint8Array): Promise<GrayImage> {
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
      .rotate()
      .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { pixels: grayOf(data, info.channels), width: info.width, height: info.height };
  } catch (error) {
    throw unreadable(error);
  }
}

/** BT.601 in 14 bits, as ml/codecs has it for PNG: a picture gives the same gray whatever file it comes in. */
function grayOf(colours: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return colours;
  const gray = new Uint8Array(colours.length / channels);
  for (let pixel = 0, at = 0; pixel < gray.length; pixel++, at += channels)
    gray[pixel] = (colours[at]! * 4899 + colours[at + 1]! * 9617 + colours[at + 2]! * 1868 + 8192) >> 14;
  return gray;
}

function unreadable(cause: unknown): UnreadableImage {
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  return new UnreadableImage(`expected a picture (PNG, JPEG, WebP, GIF or TIFF): ${reason}`, { cause });
}
