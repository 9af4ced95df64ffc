// Camera frames with digits drawn on them, for benches: every one different.

import type { GrayImage } from '../ml/image/gray-image.ts';
import { createRandom, type Random } from '../ml/random.ts';
import { drawDigits } from './digits.ts';

export interface FrameOptions {
  width: number;
  height: number;
  /** Digits in each frame, laid out in two rows when there are more than three. @default 1 */
  digits?: number;
}

/** Gray frames with noise and a slanted light, dark digits on light paper. */
export function drawFrames(count: number, { width, height, digits = 1 }: FrameOptions): GrayImage[] {
  const rows = digits > 3 ? 2 : 1;
  const columns = Math.ceil(digits / rows);
  const side = Math.floor(0.8 * Math.min(width / columns, height / rows));
  const drawn = drawDigits(50, side);
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(11, 0xf4a3e, index);
    const pixels = paper(random, width, height);
    for (let digit = 0; digit < digits; digit++) {
      const column = digit % columns;
      const row = Math.floor(digit / columns);
      const left = Math.floor((column * width) / columns + random.between(0, width / columns - side));
      const top = Math.floor((row * height) / rows + random.between(0, height / rows - side));
      ink(pixels, width, { image: drawn[random.integer(drawn.length)]!, left, top });
    }
    return { pixels, width, height };
  });
}

function paper(random: Random, width: number, height: number): Uint8Array {
  const slope = random.between(-40, 40);
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const light = 190 + (slope * (at % width)) / width;
    return Math.round(light + random.between(-6, 6));
  });
}

function ink(
  pixels: Uint8Array,
  width: number,
  { image, left, top }: { image: GrayImage; left: number; top: number },
): void {
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++) {
      const at = (top + y) * width + left + x;
      pixels[at] = Math.round((pixels[at]! * (image.pixels[y * image.width + x]! + 40)) / 295);
    }
}
