// Camera-like gray frames with one digit each, drawn from a number: the generator and the server's side draw the same.

import { createRandom } from '../../ml/random.ts';
import { drawDigits } from '../digits.ts';

export const WIDTH = 320;
export const HEIGHT = 240;

export interface Picture {
  index: number;
  digit: number;
  pixels: Uint8Array;
}

/** Pictures `0 … count − 1`: a digit of 60–140 pixels somewhere on tilted light, with a sensor's noise. */
export function drawPictures(count: number): Picture[] {
  const sides = [72, 96, 120, 140];
  const bySide = new Map(sides.map((side) => [side, drawDigits(40, side)]));
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(11, 0x5e17e, index);
    const side = sides[random.integer(sides.length)]!;
    const digit = index % 10;
    const drawn = bySide.get(side)![digit + 10 * random.integer(4)]!;
    const left = 20 + random.integer(WIDTH - side - 40);
    const top = 10 + random.integer(HEIGHT - side - 20);
    const light = random.between(170, 220);
    const slope = random.between(-0.12, 0.12);
    const ink = random.between(20, 60);
    const pixels = new Uint8Array(WIDTH * HEIGHT);
    for (let y = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++) {
        const inside = x >= left && x < left + side && y >= top && y < top + side;
        const cover = inside ? 1 - drawn.pixels[(y - top) * side + x - left]! / 255 : 0;
        const ground = light + slope * (x - WIDTH / 2) + random.integer(7) - 3;
        pixels[y * WIDTH + x] = Math.max(0, Math.min(255, Math.round(ground * (1 - cover) + ink * cover)));
      }
    return { index, digit, pixels };
  });
}
