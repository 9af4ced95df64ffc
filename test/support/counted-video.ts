// A digit on paper with a frame counter over it, for a fake camera: whoever sees a frame knows which one it is.

import { blankImage, type GrayImage } from '../../ml/image/gray-image.ts';
import { drawDigit } from './pen-digits.ts';

export const VIDEO = { width: 320, height: 240, framesPerSecond: 30 };
/** The counter's bits: the loop has as many frames as it counts. */
export const COUNTER_BITS = 7;
/** One square a bit, in pixels of the video, too small to be a digit. */
export const COUNTER_CELL = { side: 12, left: 8, top: 6 };

/** 128 frames, in which the digit sways a little. */
export function* countedVideo(digit: number): Generator<GrayImage> {
  const frames = 2 ** COUNTER_BITS;
  for (let frame = 0; frame < frames; frame++) {
    const image = blankImage(VIDEO.width, VIDEO.height, 214);
    const sway = Math.abs(frame - frames / 2) / 8;
    drawDigit(image, { digit, x: 104 + sway, y: 84, side: 96, width: 11 });
    const { side, left, top } = COUNTER_CELL;
    for (let bit = 0; bit < COUNTER_BITS; bit++) {
      const level = (frame >> bit) & 1 ? 20 : 214;
      // Gaps between the squares keep them from joining into something wide.
      for (let y = top; y < top + side; y++)
        image.pixels.fill(
          level,
          y * VIDEO.width + left + bit * 2 * side,
          y * VIDEO.width + left + bit * 2 * side + side,
        );
    }
    yield image;
  }
}
