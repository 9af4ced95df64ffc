// Bilinear resizing as OpenCV does it: no smoothing when shrinking. The named preprocessing `reference` needs exactly
// this; everything else resamples with a kernel (resample.ts).

import type { GrayImage } from './gray-image.ts';
import { checkImage, MAX_SIDE } from './gray-image.ts';

const COEFFICIENT_ONE = 2048; // OpenCV's INTER_RESIZE_COEF_SCALE

/** How each output column is mixed: its left and right column and the weight of the right one. */
const lefts = new Int32Array(MAX_SIDE);
const rights = new Int32Array(MAX_SIDE);
const weights = new Int32Array(MAX_SIDE);
/** The sides that the columns are for. */
let columnsFrom = 0;
let columnsTo = 0;
/** Two neighbouring rows of the picture in the output's width, times COEFFICIENT_ONE. */
let upper = new Int32Array(MAX_SIDE);
let lower = new Int32Array(MAX_SIDE);

/**
 * Resizes as `cv2.resize(…, interpolation=INTER_LINEAR)` does for bytes, within one level.
 * @param out [outHeight, outWidth], overwritten
 * @throws InvalidImage
 */
export function resizeBilinearInto(image: GrayImage, outWidth: number, outHeight: number, out: Uint8Array): void {
  const { pixels, width, height } = image;
  checkImage(pixels, width, height);
  checkImage(out, outWidth, outHeight);
  if (width !== columnsFrom || outWidth !== columnsTo) findColumns(width, outWidth);
  let held = -2; // the row that is in `upper`, its neighbour below in `lower`
  for (let y = 0; y < outHeight; y++) {
    const sourceY = clamp((y + 0.5) * (height / outHeight) - 0.5, height - 1);
    const row = Math.floor(sourceY);
    if (row !== held) {
      const kept = lower;
      lower = upper;
      upper = kept;
      if (row !== held + 1) mixRow(pixels, row * width, outWidth, upper);
      mixRow(pixels, Math.min(row + 1, height - 1) * width, outWidth, lower);
      held = row;
    }
    const ofLower = Math.round((sourceY - row) * COEFFICIENT_ONE);
    mixRows(upper, lower, ofLower, outWidth, out, y * outWidth);
  }
}

function findColumns(width: number, outWidth: number): void {
  for (let x = 0; x < outWidth; x++) {
    const sourceX = clamp((x + 0.5) * (width / outWidth) - 0.5, width - 1);
    const left = Math.floor(sourceX);
    lefts[x] = left;
    rights[x] = Math.min(left + 1, width - 1);
    weights[x] = Math.round((sourceX - left) * COEFFICIENT_ONE);
  }
  columnsFrom = width;
  columnsTo = outWidth;
}

/** Mixes the columns of the row that begins at `start`. */
function mixRow(pixels: Uint8Array, start: number, count: number, out: Int32Array): void {
  const leftOf = lefts; // a module's constants are looked up each time, a function's are not
  const rightOf = rights;
  const weightOf = weights;
  for (let x = 0; x < count; x++) {
    const left = pixels[start + leftOf[x]!]!;
    out[x] = (left << 11) + Math.imul(pixels[start + rightOf[x]!]! - left, weightOf[x]!);
  }
}

function mixRows(
  above: Int32Array,
  below: Int32Array,
  ofBelow: number,
  count: number,
  out: Uint8Array,
  to: number,
): void {
  const ofAbove = COEFFICIENT_ONE - ofBelow;
  // 255 × 2^22 is the most: it fits in 31 bits.
  for (let x = 0; x < count; x++)
    out[to + x] = (Math.imul(above[x]!, ofAbove) + Math.imul(below[x]!, ofBelow) + (1 << 21)) >> 22;
}

/** A resized copy; see `resizeBilinearInto`. @throws InvalidImage */
export function resizeBilinear(image: GrayImage, width: number, height: number): GrayImage {
  const pixels = new Uint8Array(width * height);
  resizeBilinearInto(image, width, height, pixels);
  return { pixels, width, height };
}

const clamp = (value: number, high: number): number => Math.min(Math.max(value, 0), high);
