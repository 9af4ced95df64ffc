// From a candidate to the picture that is preprocessed: cut from the frame itself with a margin, with everything but the
// candidate and what lies close around it painted over with its ground.

import type { GrayImage } from '../image/gray-image.ts';
import { ORIGINAL_SIDE } from '../image/resample.ts';
import type { Candidate } from './candidates.ts';
import { rootOf } from './ink-parts.ts';
import type { WorkingPicture } from './working-picture.ts';

/** Ground around the ink: a share of its longest side, and at least this many working pixels. */
const MARGIN_RATIO = 0.12;
const LEAST_MARGIN = 3;
/** So many working pixels around the ink are shown as they are: the soft edge of a stroke, and some ground. */
const SHOWN_AROUND = 2;
/** Other ink is hidden with so many pixels around it. */
const HIDDEN_AROUND = 1;

const MOST_SIDE = 256 + 64;

/** A function that cuts out candidates: pictures of at most 128 pixels a side. The buffer is reused by the next call. */
export function createCropper(): (frame: GrayImage, picture: WorkingPicture, candidate: Candidate) => GrayImage {
  const shown = new Uint8Array(MOST_SIDE * MOST_SIDE);
  const pixels = new Uint8Array(ORIGINAL_SIDE * ORIGINAL_SIDE);
  const columns = new Int16Array(ORIGINAL_SIDE);
  const sourceX = new Int16Array(ORIGINAL_SIDE);
  return (frame, picture, candidate) => {
    const { scale } = picture;
    const { left, top, right, bottom } = candidate;
    const margin = Math.max(LEAST_MARGIN, Math.round(MARGIN_RATIO * Math.max(right - left, bottom - top)));
    const window = {
      left: left - margin,
      top: top - margin,
      width: right - left + 2 * margin,
      height: bottom - top + 2 * margin,
    };
    markShown(picture, candidate, window, shown);
    const step = Math.ceil((Math.max(window.width, window.height) * scale) / ORIGINAL_SIDE);
    const width = Math.floor((window.width * scale) / step);
    const height = Math.floor((window.height * scale) / step);
    // A pixel of the crop mostly is one of the frame, or one of the working picture: nothing is left to compute.
    const { pixels: levels, width: sourceWidth, height: sourceHeight } = step === 1 ? frame : picture;
    const direct = step === 1 || step === scale;
    const unit = step === 1 ? scale : 1;
    for (let x = 0; x < width; x++) {
      columns[x] = Math.floor(((x + 0.5) * step) / scale);
      sourceX[x] = Math.min(sourceWidth - 1, Math.max(0, window.left * unit + x));
    }
    let sum = 0;
    let count = 0;
    for (let y = 0; y < height; y++) {
      const row = Math.floor(((y + 0.5) * step) / scale) * window.width;
      const sourceRow = Math.min(sourceHeight - 1, Math.max(0, window.top * unit + y)) * sourceWidth;
      const to = y * width;
      for (let x = 0; x < width; x++) {
        const mark = shown[row + columns[x]!]!;
        if (mark === 0) continue;
        const level = direct
          ? levels[sourceRow + sourceX[x]!]!
          : meanOf(frame, window.left * scale + x * step, window.top * scale + y * step, step);
        pixels[to + x] = level;
        if (mark === GROUND) {
          sum += level;
          count++;
        }
      }
    }
    const ground = count > 0 ? Math.floor(sum / count + 0.5) : 0;
    for (let y = 0; y < height; y++) {
      const row = Math.floor(((y + 0.5) * step) / scale) * window.width;
      for (let x = 0; x < width; x++) if (shown[row + columns[x]!] === 0) pixels[y * width + x] = ground;
    }
    return { pixels: pixels.subarray(0, width * height), width, height };
  };
}

/** Mean of a block of the frame, of what lies inside it; beyond the border, of the border's pixels. */
function meanOf({ pixels, width, height }: GrayImage, x: number, y: number, side: number): number {
  const left = Math.min(width - 1, Math.max(0, x));
  const top = Math.min(height - 1, Math.max(0, y));
  const right = Math.max(left + 1, Math.min(width, x + side));
  const bottom = Math.max(top + 1, Math.min(height, y + side));
  let sum = 0;
  for (let row = top; row < bottom; row++)
    for (let i = row * width + left; i < row * width + right; i++) sum += pixels[i]!;
  return Math.floor(sum / ((right - left) * (bottom - top)) + 0.5);
}

interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

const GROUND = 1;
const INK = 2;

/** Marks [height, width] of the window: 0 hidden, 1 shown ground, 2 ink. */
function markShown(
  picture: WorkingPicture,
  { runs, root, top, bottom }: Candidate,
  window: Window,
  shown: Uint8Array,
): void {
  shown.fill(0, 0, window.width * window.height);
  const { row, from, to, rowStart } = runs;
  const mark = (around: number, value: number, run: number): void => {
    // The picture's border bounds what is shown: beyond it there is nothing to copy.
    const left = Math.max(0, from[run]! - around) - window.left;
    const right = Math.min(picture.width, to[run]! + around) - window.left;
    const start = Math.max(0, left);
    const end = Math.min(window.width, right);
    if (start >= end) return;
    const first = Math.max(0, Math.max(0, row[run]! - around) - window.top);
    const last = Math.min(window.height, Math.min(picture.height, row[run]! + around + 1) - window.top);
    // Runs are short: a call of `fill` would take longer.
    for (let y = first; y < last; y++) {
      const stop = y * window.width + end;
      for (let i = y * window.width + start; i < stop; i++) shown[i] = value;
    }
  };
  const first = rowStart[top]!;
  const end = rowStart[bottom]!;
  for (let run = first; run < end; run++) if (rootOf(runs, run) === root) mark(SHOWN_AROUND, GROUND, run);
  for (let run = first; run < end; run++) if (rootOf(runs, run) !== root) mark(HIDDEN_AROUND, 0, run);
  for (let run = first; run < end; run++) if (rootOf(runs, run) === root) mark(0, INK, run);
}
