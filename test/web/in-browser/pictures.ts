// Pictures for comparisons between Node and a browser: digits of many sizes in both polarities, and whole frames.

import type { GrayImage } from '../../../ml/image/gray-image.ts';
import { resizeBilinear } from '../../../ml/image/resize.ts';
import { createRandom } from '../../../ml/random.ts';
import { segmentDigit } from '../../support/segment-digits.ts';

export const FRAME = { width: 320, height: 240 };
const FRAMES = 40;

/** `count` pictures, the last 40 of them frames of 320×240 with one to four digits; by a seed. */
export function drawPictures(count: number): GrayImage[] {
  return Array.from({ length: count }, (_, index) => (index < count - FRAMES ? drawDigit(index) : drawFrame(index)));
}

function drawDigit(index: number): GrayImage {
  const random = createRandom(501, index);
  const digit = segmentDigit(index % 10, index);
  const sized = resizeBilinear(digit, 6 + random.integer(150), 6 + random.integer(150));
  const isLight = random.integer(2) === 1;
  const noise = random.integer(30);
  const pixels = sized.pixels.map((value) => Math.max(0, (isLight ? 255 - value : value) - random.integer(noise + 1)));
  return { ...sized, pixels };
}

/** Paper under tilted light. */
export function drawFrame(index: number): GrayImage {
  const random = createRandom(502, index);
  const { width, height } = FRAME;
  const [across, down] = [random.between(-0.2, 0.2), random.between(-0.2, 0.2)];
  const pixels = Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    return 190 + across * (x - 160) + down * (y - 120) + random.integer(9);
  });
  const count = 1 + random.integer(4);
  for (let n = 0; n < count; n++) {
    const digit = resizeBilinear(segmentDigit(random.integer(10), index * 7 + n), 60, 60 + random.integer(30));
    const [left, top] = [10 + n * 76, 20 + random.integer(100)];
    for (let at = 0; at < digit.pixels.length; at++) {
      const place = (top + Math.floor(at / digit.width)) * width + left + (at % digit.width);
      pixels[place] = (pixels[place]! * digit.pixels[at]!) / 255;
    }
  }
  return { width, height, pixels };
}
