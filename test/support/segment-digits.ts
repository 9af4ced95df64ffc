// Images of digits for tests, drawn here and committed nowhere: seven segments, moved, scaled and stained by a seed.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodePng } from '../../ml/codecs/png.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import { createRandom } from '../../ml/random.ts';

/** Segments a–g (top, right above, right below, bottom, left below, left above, middle) of 0 … 9. */
const SEGMENTS = ['abcdef', 'bc', 'abdeg', 'abcdg', 'bcfg', 'acdfg', 'acdefg', 'abc', 'abcdefg', 'abcdfg'];

/** x, y, width, height of each segment on a 10 × 18 raster. */
const BOXES: Record<string, [number, number, number, number]> = {
  a: [1, 0, 8, 2],
  b: [8, 1, 2, 8],
  c: [8, 9, 2, 8],
  d: [1, 16, 8, 2],
  e: [0, 9, 2, 8],
  f: [0, 1, 2, 8],
  g: [1, 8, 8, 2],
};

/** A black digit on white, 40 × 48 pixels. */
export function segmentDigit(digit: number, variant: number): GrayImage {
  const random = createRandom(77, digit, variant);
  const image = { width: 40, height: 48, pixels: new Uint8Array(40 * 48) };
  for (let i = 0; i < image.pixels.length; i++) image.pixels[i] = 235 + random.integer(20);
  const scale = random.between(1.4, 2);
  const left = random.between(4, 36 - 10 * scale);
  const top = random.between(3, 44 - 18 * scale);
  const ink = random.integer(60);
  for (const segment of SEGMENTS[digit]!) {
    const [x, y, width, height] = BOXES[segment]!;
    for (let row = Math.round(top + y * scale); row < Math.round(top + (y + height) * scale); row++)
      for (let column = Math.round(left + x * scale); column < Math.round(left + (x + width) * scale); column++)
        image.pixels[row * image.width + column] = ink;
  }
  return image;
}

/** A folder of PNGs, one sub-folder a digit. */
export async function writeSegmentDigits(folder: string, perClass: number): Promise<void> {
  for (let digit = 0; digit <= 9; digit++) {
    const own = path.join(folder, String(digit));
    await mkdir(own, { recursive: true });
    for (let variant = 0; variant < perClass; variant++)
      await writeFile(path.join(own, `${variant}.png`), encodePng(segmentDigit(digit, variant)));
  }
}
