// Bilinear resizing as OpenCV does it: no smoothing when shrinking. The named preprocessing `reference` needs exactly
// this; everything else resamples with a kernel (resample.ts).

import type { GrayImage } from './gray-image.ts';
import { checkImage } from './gray-image.ts';

const COEFFICIENT_ONE = 2048; // OpenCV's INTER_RESIZE_COEF_SCALE

/**
 * Resizes as `cv2.resize(…, interpolation=INTER_LINEAR)` does for bytes, within one level.
 * @param out [outHeight, outWidth], overwritten
 * @throws InvalidImage
 */
export function resizeBilinearInto(image: GrayImage, outWidth: number, outHeight: number, out: Uint8Array): void {
  const { pixels, width, height } = image;
  checkImage(pixels, width, height);
  checkImage(out, outWidth, outHeight);
  for (let y = 0; y < outHeight; y++) {
    const sourceY = clamp((y + 0.5) * (height / outHeight) - 0.5, height - 1);
    const top = Math.floor(sourceY);
    const bottom = Math.min(top + 1, height - 1);
    const weightY = Math.round((sourceY - top) * COEFFICIENT_ONE);
    for (let x = 0; x < outWidth; x++) {
      const sourceX = clamp((x + 0.5) * (width / outWidth) - 0.5, width - 1);
      const left = Math.floor(sourceX);
      const right = Math.min(left + 1, width - 1);
      const weightX = Math.round((sourceX - left) * COEFFICIENT_ONE);
      const upper = mix(pixels[top * width + left]!, pixels[top * width + right]!, weightX);
      const lower = mix(pixels[bottom * width + left]!, pixels[bottom * width + right]!, weightX);
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

const mix = (a: number, b: number, weight: number): number => a * (COEFFICIENT_ONE - weight) + b * weight;
const clamp = (value: number, high: number): number => Math.min(Math.max(value, 0), high);
