// A picture file of a person, or a camera's JPEG, to gray bytes.

import type { Sharp, SharpOptions } from 'sharp';
import { imageTypeOf } from '../ml/codecs/image-type.ts';
import { decodeBmp } from '../ml/codecs/bmp.ts';
import { decodePng, PngTooLarge } from '../ml/codecs/png.ts';
import { limitSize } from '../ml/image/resample.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';
import { MOST_PIXELS, refuseCostlyPicture } from './picture-cost.ts';
import { UnreadableImage } from './unreadable-image.ts';

/** A digit that fills a picture of this side is seen as well as in a larger one, and found in a fraction of the time. */
const LONGEST_SIDE = 1_024;
/** No honest picture of the allowed size takes so long, not even on a busy machine. */
const MOST_SECONDS = 20;

/** Opens a picture with libvips, which is loaded by the first one that needs it: 40 MB, and many thousandths of a second. */
async function openPicture(bytes: Uint8Array, options: SharpOptions): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false); // every picture is seen once
  sharp.concurrency(1); // a picture a thread: others read at the same time
  return sharp(bytes, options).timeout({ seconds: MOST_SECONDS });
}

export interface DecodedPicture {
  image: GrayImage;
  /** Sides of the picture as it came, upright: `image` may have been shrunk. */
  size: { width: number; height: number };
}

/**
 * Decodes PNG, JPEG, WebP, GIF, TIFF, BMP to gray, upright by its EXIF orientation, transparent parts white.
 * A PNG is decoded by the codec that ingest uses, so that a sample of the dataset gives the same bytes here.
 * Pictures larger than 1,024 pixels a side are shrunk to that.
 * @throws UnreadableImage
 */
export async function decodeImage(bytes: Uint8Array): Promise<GrayImage> {
  return (await decodePicture(bytes)).image;
}

/** As `decodeImage`, and the sides before shrinking. @throws UnreadableImage */
export async function decodePicture(bytes: Uint8Array): Promise<DecodedPicture> {
  if (bytes.length === 0) throw new UnreadableImage('expected a picture, got an empty file');
  const type = imageTypeOf(bytes);
  if (type === undefined) throw new UnreadableImage('expected PNG, JPEG, WebP, GIF, TIFF or BMP, got other bytes');
  if (type === 'bmp') return decodeSmallBmp(bytes);
  if (type === 'png') {
    try {
      const image = decodePng(bytes, { maxPixels: LONGEST_SIDE * LONGEST_SIDE });
      return { image, size: { width: image.width, height: image.height } };
    } catch (error) {
      if (!(error instanceof PngTooLarge)) throw unreadable(error);
    }
  }
  return decodeBySharp(bytes);
}

/** @throws UnreadableImage */
function decodeSmallBmp(bytes: Uint8Array): DecodedPicture {
  try {
    const { width, height, pixels } = decodeBmp(bytes, { maxPixels: LONGEST_SIDE * LONGEST_SIDE });
    return { image: limitSize({ width, height, pixels }, LONGEST_SIDE), size: { width, height } };
  } catch (error) {
    throw unreadable(error);
  }
}

async function decodeBySharp(bytes: Uint8Array): Promise<DecodedPicture> {
  try {
    const picture = await openPicture(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' });
    const about = await picture.metadata();
    refuseCostlyPicture(about);
    const { width, height, orientation = 1 } = about;
    const isTurned = orientation >= 5; // a quarter turn: sides change places
    const { data, info } = await picture
      .rotate()
      .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const image = { pixels: grayOf(data, info.channels), width: info.width, height: info.height };
    return { image, size: isTurned ? { width: height, height: width } : { width, height } };
  } catch (error) {
    throw error instanceof UnreadableImage ? error : unreadable(error);
  }
}

/**
 * A camera's JPEG as it lies, whatever its EXIF orientation: boxes are in its own pixels.
 * @param longestSide larger ones are refused
 * @throws UnreadableImage
 */
export async function decodeJpeg(bytes: Uint8Array, longestSide: number): Promise<GrayImage> {
  if (!(bytes[0] === 0xff && bytes[1] === 0xd8)) throw new UnreadableImage('expected a JPEG, got other bytes');
  try {
    const picture = await openPicture(bytes, { limitInputPixels: longestSide ** 2, failOn: 'error' });
    const { data, info } = await picture.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (Math.max(width, height) > longestSide)
      throw new UnreadableImage(`expected sides of at most ${longestSide} pixels, got ${width}×${height}`);
    return { pixels: grayOf(data, channels), width, height };
  } catch (error) {
    throw error instanceof UnreadableImage ? error : unreadable(error);
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
  return new UnreadableImage(`expected a picture (PNG, JPEG, WebP, GIF, TIFF or BMP): ${reason}`, { cause });
}
