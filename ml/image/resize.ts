// Bilinear resizing as OpenCV does it: no smoothing when shrinking. The named preprocessing `reference` needs exactly
// this; everything else resamples with a kernel (resample.ts).

import type { GrayImage } from './gray-image.ts';
import { checkImage, MAX_SIDE } from './gray-image.ts';

const COEFFICIENT_ONE = 2048; // OpenCV's INTER_RESIZE_COEF_SCALE
const HALF = 1 << 21;

/**
 * How each output column and row is mixed: its left or upper neighbour × 4096 + the weight of the other one, which is the
 * next. At the far edge that weight is all.
 */
const columns = createMix();
const rows = createMix();

/**
 * Resizes as `cv2.resize(…, interpolation=INTER_LINEAR)` does for bytes, within one level.
 * @param out [outHeight, outWidth], overwritten
 * @throws InvalidImage
 */
export function resizeBilinearInto(image: GrayImage, outWidth: number, outHeight: number, out: Uint8Array): void {
  const { pixels, width, height } = image;
  checkImage(pixels, width, height);
  checkImage(out, outWidth, outHeight);
  const columnMix = mixOf(columns, width, outWidth);
  const rowMix = mixOf(rows, height, outHeight);
  const toNextRow = height > 1 ? width : 0;
  const toNextColumn = width > 1 ? 1 : 0;
  for (let y = 0; y < outHeight; y += 2) {
    // Two rows at once: what is to be found out of the columns is the same for both.
    const second = Math.min(y + 1, outHeight - 1);
    const row1 = rowMix[y]!;
    const row2 = rowMix[second]!;
    const ofLower1 = row1 & 4095;
    const ofLower2 = row2 & 4095;
    const upper1 = Math.imul(row1 >> 12, width);
    const upper2 = Math.imul(row2 >> 12, width);
    const lower1 = upper1 + toNextRow;
    const lower2 = upper2 + toNextRow;
    const toSecond = Math.imul(second - y, outWidth);
    // Two neighbouring columns, mixed of both rows, times COEFFICIENT_ONE: output columns mostly share one or both.
    let held = -2;
    let left1 = 0;
    let left2 = 0;
    let right1 = 0;
    let right2 = 0;
    let to = Math.imul(y, outWidth);
    for (let x = 0; x < outWidth; x++, to++) {
      const mix = columnMix[x]!;
      const column = mix >> 12;
      if (column !== held) {
        if (column === held + 1) {
          left1 = right1;
          left2 = right2;
        } else {
          left1 = mixed(pixels[upper1 + column]!, pixels[lower1 + column]!, ofLower1);
          left2 = mixed(pixels[upper2 + column]!, pixels[lower2 + column]!, ofLower2);
        }
        const next = column + toNextColumn;
        right1 = mixed(pixels[upper1 + next]!, pixels[lower1 + next]!, ofLower1);
        right2 = mixed(pixels[upper2 + next]!, pixels[lower2 + next]!, ofLower2);
        held = column;
      }
      // 255 × 2^22 is the most: it fits in 31 bits. Neither order of the two mixings loses a bit.
      const ofRight = mix & 4095;
      out[to] = (mixed(left1, right1, ofRight) + HALF) >> 22;
      out[to + toSecond] = (mixed(left2, right2, ofRight) + HALF) >> 22;
    }
  }
}

const mixed = (first: number, second: number, ofSecond: number): number =>
  (first << 11) + Math.imul(second - first, ofSecond);

interface Mix {
  entries: Int32Array;
  /** The sides that the entries are for. */
  from: number;
  to: number;
}

function createMix(): Mix {
  return { entries: new Int32Array(MAX_SIDE), from: 0, to: 0 };
}

function mixOf(mix: Mix, from: number, to: number): Int32Array {
  if (mix.from !== from || mix.to !== to) fillMix(mix, from, to);
  return mix.entries;
}

function fillMix(mix: Mix, from: number, to: number): void {
  for (let at = 0; at < to; at++) {
    const source = clamp((at + 0.5) * (from / to) - 0.5, from - 1);
    const first = Math.floor(source);
    const ofNext = Math.round((source - first) * COEFFICIENT_ONE);
    const isLast = first === from - 1 && from > 1;
    mix.entries[at] = isLast ? ((first - 1) << 12) | COEFFICIENT_ONE : (first << 12) | ofNext;
  }
  mix.from = from;
  mix.to = to;
}

/** A resized copy; see `resizeBilinearInto`. @throws InvalidImage */
export function resizeBilinear(image: GrayImage, width: number, height: number): GrayImage {
  const pixels = new Uint8Array(width * height);
  resizeBilinearInto(image, width, height, pixels);
  return { pixels, width, height };
}

const clamp = (value: number, high: number): number => Math.min(Math.max(value, 0), high);
