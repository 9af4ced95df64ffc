import type { GrayImage } from '../image/gray-image.ts';

const HALF = 128;
/** Smaller specks of paper inside ink are no holes: rough typefaces are full of them. */
const MIN_HOLE_PIXELS = 6;

/** How many patches of paper (4-connected, ink below half) the ink encloses: 1 for 0, 4, 6, 9 and 2 for 8. */
export function countHoles(ink: GrayImage): number {
  const width = ink.width + 2; // a border of paper joins all that is outside
  const height = ink.height + 2;
  const seen = new Uint8Array(width * height);
  for (let y = 0; y < ink.height; y++) {
    for (let x = 0; x < ink.width; x++) {
      if (ink.pixels[y * ink.width + x]! >= HALF) seen[(y + 1) * width + x + 1] = 1;
    }
  }
  const stack = new Int32Array(width * height);
  let patches = 0;
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] === 1) continue;
    let depth = 0;
    let size = 0;
    stack[depth++] = start;
    seen[start] = 1;
    while (depth > 0) {
      const at = stack[--depth]!;
      size++;
      const x = at % width;
      if (x > 0 && seen[at - 1] === 0) seen[(stack[depth++] = at - 1)] = 1;
      if (x < width - 1 && seen[at + 1] === 0) seen[(stack[depth++] = at + 1)] = 1;
      if (at >= width && seen[at - width] === 0) seen[(stack[depth++] = at - width)] = 1;
      if (at + width < seen.length && seen[at + width] === 0) seen[(stack[depth++] = at + width)] = 1;
    }
    if (size >= MIN_HOLE_PIXELS) patches++;
  }
  return patches - 1;
}
