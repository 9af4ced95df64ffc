import type { GrayImage } from '../ml/image/gray-image.ts';
import { createRandom } from '../ml/random.ts';

/** Segments of each digit on a unit square: x0, y0, x1, y1. */
const strokes: [number, number, number, number][][] = [
  [
    [0, 0, 1, 0],
    [1, 0, 1, 1],
    [1, 1, 0, 1],
    [0, 1, 0, 0],
  ],
  [
    [0.2, 0.2, 0.5, 0],
    [0.5, 0, 0.5, 1],
  ],
  [
    [0, 0, 1, 0],
    [1, 0, 1, 0.5],
    [1, 0.5, 0, 1],
    [0, 1, 1, 1],
  ],
  [
    [0, 0, 1, 0],
    [1, 0, 0.5, 0.45],
    [0.5, 0.45, 1, 0.7],
    [1, 0.7, 0.7, 1],
    [0.7, 1, 0, 1],
  ],
  [
    [0.7, 1, 0.7, 0],
    [0.7, 0, 0, 0.7],
    [0, 0.7, 1, 0.7],
  ],
  [
    [1, 0, 0, 0],
    [0, 0, 0, 0.5],
    [0, 0.5, 1, 0.6],
    [1, 0.6, 1, 1],
    [1, 1, 0, 1],
  ],
  [
    [0.9, 0, 0, 0.6],
    [0, 0.6, 0, 1],
    [0, 1, 1, 1],
    [1, 1, 1, 0.55],
    [1, 0.55, 0, 0.6],
  ],
  [
    [0, 0, 1, 0],
    [1, 0, 0.4, 1],
  ],
  [
    [0, 0, 1, 0],
    [1, 0, 0, 1],
    [0, 1, 1, 1],
    [1, 1, 0, 0],
  ],
  [
    [1, 0.4, 0, 0.4],
    [0, 0.4, 0, 0],
    [0, 0, 1, 0],
    [1, 0, 1, 1],
  ],
];

/** Plain drawn digits, dark on light, `side`×`side`: what a bench needs where no data set is at hand. */
export const drawDigits = (count: number, side: number): GrayImage[] =>
  Array.from({ length: count }, (_, index) => drawDigit(index, side));

/** One of them, the digit `index % 10`; no two indices have the same strokes. */
export function drawDigit(index: number, side: number): GrayImage {
  const random = createRandom(7, 0xd1617, index);
  const radius = random.between(0.02, 0.06) * side;
  const width = random.between(0.35, 0.5) * side;
  const height = 0.7 * side;
  const left = (side - width) / 2;
  const top = (side - height) / 2;
  const pixels = new Uint8Array(side * side).fill(255);
  for (const [x0, y0, x1, y1] of strokes[index % 10]!) {
    const a = { x: left + x0 * width, y: top + y0 * height };
    const b = { x: left + x1 * width, y: top + y1 * height };
    for (let i = 0; i < pixels.length; i++) {
      const distance = toSegment((i % side) + 0.5, Math.floor(i / side) + 0.5, a, b);
      const cover = Math.min(1, Math.max(0, radius + 0.5 - distance));
      pixels[i] = Math.min(pixels[i]!, Math.round(255 * (1 - cover)));
    }
  }
  return { pixels, width: side, height: side };
}

interface Point {
  x: number;
  y: number;
}

function toSegment(x: number, y: number, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const along = Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - a.x - along * dx, y - a.y - along * dy);
}
