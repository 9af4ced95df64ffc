// Digits as a felt pen draws them, for pictures and videos of tests: a few strokes each, no font, nothing committed.

import type { GrayImage } from '../../ml/image/gray-image.ts';
import type { Random } from '../../ml/random.ts';

type Point = readonly [x: number, y: number];

/** Strokes in a square of side 1; x to the right, y down. Curves are sampled arcs. */
const DIGITS: readonly (readonly Point[])[][] = [
  [arc(0.5, 0.5, 0.3, 0.45, -90, 270)],
  [
    [
      [0.33, 0.22],
      [0.55, 0.05],
      [0.55, 0.95],
    ],
  ],
  [[...arc(0.5, 0.3, 0.28, 0.25, 190, 390), [0.22, 0.93], [0.8, 0.93]]],
  [[...arc(0.47, 0.27, 0.27, 0.22, 200, 440), ...arc(0.47, 0.71, 0.3, 0.24, 280, 520)]],
  [
    [
      [0.62, 0.97],
      [0.62, 0.04],
      [0.16, 0.66],
      [0.86, 0.66],
    ],
  ],
  [[[0.76, 0.06], [0.32, 0.06], [0.28, 0.45], ...arc(0.46, 0.66, 0.3, 0.28, 250, 500)]],
  [[[0.66, 0.04], [0.42, 0.26], ...arc(0.5, 0.67, 0.28, 0.28, 180, 540)]],
  [
    [
      [0.2, 0.06],
      [0.8, 0.06],
      [0.42, 0.96],
    ],
  ],
  [arc(0.5, 0.27, 0.22, 0.22, 90, 450), arc(0.5, 0.73, 0.27, 0.24, 270, 630)],
  [[...arc(0.5, 0.31, 0.26, 0.26, 0, 360), [0.74, 0.4], [0.62, 0.96]]],
];

function arc(centreX: number, centreY: number, radiusX: number, radiusY: number, from: number, to: number): Point[] {
  const steps = 24;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = ((from + ((to - from) * step) / steps) * Math.PI) / 180;
    return [centreX + radiusX * Math.cos(angle), centreY + radiusY * Math.sin(angle)] as const;
  });
}

export interface PenDigit {
  digit: number;
  /** Top left of its square, and the square's side, in pixels. */
  x: number;
  y: number;
  side: number;
  /** Of the pen, in pixels. @default side / 9 */
  width?: number;
  /** @default 40 */
  ink?: number;
  /** To the right at the top, as a share of the side. @default 0 */
  slant?: number;
}

/** Draws into the picture, edges softened over a pixel. */
export function drawDigit(
  image: GrayImage,
  { digit, x, y, side, width = side / 9, ink = 40, slant = 0 }: PenDigit,
): void {
  const at = ([px, py]: Point): Point => [x + (px + slant * (0.5 - py)) * side, y + py * side];
  for (const stroke of DIGITS[digit]!)
    for (let i = 1; i < stroke.length; i++) drawLine(image, at(stroke[i - 1]!), at(stroke[i]!), width / 2, ink);
}

function drawLine(image: GrayImage, [ax, ay]: Point, [bx, by]: Point, radius: number, ink: number): void {
  const { pixels, width, height } = image;
  const lengthSquared = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
  const top = Math.max(0, Math.floor(Math.min(ay, by) - radius - 1));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(ay, by) + radius + 1));
  const left = Math.max(0, Math.floor(Math.min(ax, bx) - radius - 1));
  const right = Math.min(width - 1, Math.ceil(Math.max(ax, bx) + radius + 1));
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++) {
      const along = ((column - ax) * (bx - ax) + (row - ay) * (by - ay)) / lengthSquared;
      const nearest = Math.min(1, Math.max(0, along));
      const distance = Math.hypot(column - ax - nearest * (bx - ax), row - ay - nearest * (by - ay));
      const cover = Math.min(1, Math.max(0, radius + 0.5 - distance));
      const i = row * width + column;
      pixels[i] = Math.min(pixels[i]!, Math.round(pixels[i]! + (ink - pixels[i]!) * cover));
    }
}

/** Lines and arcs that are no digit, in a square like a digit's. */
export function drawScribble(
  image: GrayImage,
  { x, y, side, width = side / 9, ink = 40, random }: Omit<PenDigit, 'digit'> & { random: Random },
): void {
  const spot = (): Point => [x + random.uniform() * side, y + random.uniform() * side];
  const points = Array.from({ length: 2 + random.integer(6) }, spot);
  for (let i = 1; i < points.length; i++) drawLine(image, points[i - 1]!, points[i]!, width / 2, ink);
}
