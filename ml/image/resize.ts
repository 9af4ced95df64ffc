// Bilinear resizing as OpenCV does it: no smoothing when shrinking. The named preprocessing `reference` needs exactly
// this; everything else resamples with a kernel (resample.ts).

import type { GrayImage } from './gray-image.ts';
import { checkImage, MAX_SIDE } from './gray-image.ts';

const COEFFICIENT_ONE = 2048; // OpenCV's INTER_RESIZE_COEF_SCALE

const lefts = new Int32Array(MAX_SIDE);
const weights = new Int32Array(MAX_SIDE);

/**
 * Resizes as `cv2.resize(…, interpolation=INTER_LINEAR)` does for bytes, within one level.
 * @param out [outHeight, outWidth], overwritten
 * @throws InvalidImage
 */
export function resizeBilinearInto(image: GrayImage, outWidth: number, outHeight: number, out: Uint8Array): void {
  const { pixels, width, height } = image;
  checkImage(pixels, width, height);
  checkImage(out, outWidth, outHeight);
  for (let x = 0; x < outWidth; x++) {
    const sourceX = clamp((x + 0.5) * (width / outWidth) - 0.5, width - 1);
    lefts[x] = Math.floor(sourceX);
    weights[x] = Math.round((sourceX - lefts[x]!) * COEFFICIENT_ONE);
  }
  for (let y = 0; y < outHeight; y++) {
    const sourceY = clamp((y + 0.5) * (height / outHeight) - 0.5, height - 1);
    const row = Math.floor(sourceY);
    const top = row * width;
    const bottom = Math.min(row + 1, height - 1) * width;
    const weightY = Math.round((sourceY - row) * COEFFICIENT_ONE);
    for (let x = 0; x < outWidth; x++) {
      const left = lefts[x]!;
      const right = left + 1 < width ? left + 1 : left;
      const weightX = weights[x]!;
      const upper = (pixels[top + left]! << 11) + Math.imul(pixels[top + right]! - pixels[top + left]!, weightX);
      const lower =
        (pixels[bottom + left]! << 11) + Math.imul(pixels[bottom + right]! - pixels[bottom + left]!, weightX);
      out[y * outWidth + x] = (upper * (COEFFICIENT_ONE - weightY) + lower * weightY + 2 ** 21) / 2 ** 22;
    }
  }
}

/** A resized copy; see `resizeBilinearInto`. @throws InvalidImage */
export function resizeBilinear(image: GrayImage, width: number, height: number): GrayImage {
  const pixels = new Uint8Array(width * height);
  resizeBilinearInto(image, width, height, pixels);
  return { pixels, width, height };
}

const clamp = (value: number, high: number): number => Math.min(Math.max(value, 0), high);
