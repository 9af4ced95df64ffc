// What a camera makes of a sheet: perspective, light, shadow, blur, noise, levels.

import { NOISE_LENGTH, NOISE_ONE, noiseTable } from '../../ml/augment/noise.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import type { Random } from '../../ml/random.ts';
import { SHEET, SHEET_SCALE, type Sheet } from './sheet-of-paper.ts';

export interface View {
  width: number;
  height: number;
  /** Row-major 3×3: frame coordinates in units of 320×240 → sheet points. */
  toSheet: number[];
  /** Light at the left, right, top and bottom border; the middle has 1. */
  tilt: { x: number; y: number };
  shadow?:
    { x: number; y: number; directionX: number; directionY: number; softness: number; depth: number } | undefined;
  /** Standard deviation in pixels of a 320×240 frame. */
  blur: number;
  /** Standard deviation in levels. */
  noise: number;
  /** Light throughout: 1 shows white as 255. */
  exposure: number;
}

export function drawPerspective(random: Random, strength: number): number[] {
  // Corners of the frame move on the sheet by up to `strength` of the frame's height.
  const most = strength * 240;
  const corner = (x: number, y: number): [number, number] => [
    SHEET.left + (x + random.between(-most, most)) * SHEET_SCALE,
    SHEET.top + (y + random.between(-most, most)) * SHEET_SCALE,
  ];
  return homography([corner(0, 0), corner(320, 0), corner(320, 240), corner(0, 240)]);
}

/** The projective map that takes the corners of 320×240 to four points (Heckbert, 1989). */
function homography([a, b, c, d]: [number, number][]): number[] {
  const [x0, y0] = a!;
  const [x1, y1] = b!;
  const [x2, y2] = c!;
  const [x3, y3] = d!;
  const sx = x0 - x1 + x2 - x3;
  const sy = y0 - y1 + y2 - y3;
  const [dx1, dx2, dy1, dy2] = [x1 - x2, x3 - x2, y1 - y2, y3 - y2];
  const determinant = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / determinant;
  const h = (dx1 * sy - sx * dy1) / determinant;
  const columns = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1];
  return columns.map((value, i) => (i % 3 === 0 ? value / 320 : i % 3 === 1 ? value / 240 : value));
}

/** Where points of the sheet lie in the frame, in units of 320×240. */
export function toFrame(toSheet: readonly number[]): (x: number, y: number) => { x: number; y: number } {
  const [a, b, c, d, e, f, g, h, i] = toSheet as [
    number, number, number, number, number, number, number, number, number,
  ]; // prettier-ignore
  const inverse = [
    e * i - f * h, c * h - b * i, b * f - c * e,
    f * g - d * i, a * i - c * g, c * d - a * f,
    d * h - e * g, b * g - a * h, a * e - b * d,
  ]; // prettier-ignore
  return (x, y) => {
    const w = inverse[6]! * x + inverse[7]! * y + inverse[8]!;
    return {
      x: (inverse[0]! * x + inverse[1]! * y + inverse[2]!) / w,
      y: (inverse[3]! * x + inverse[4]! * y + inverse[5]!) / w,
    };
  };
}

/** The frame of one view of a sheet. */
export function takeFrame(sheet: Sheet, view: View, random: Random): GrayImage {
  const { width, height } = view;
  const values = new Float32Array(width * height);
  const unit = 320 / width;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const oy of [0.25, 0.75])
        for (const ox of [0.25, 0.75]) sum += lightFrom(sheet, view.toSheet, (x + ox) * unit, (y + oy) * unit);
      values[y * width + x] = (sum / 4) * lightAt(view, x / width, y / height);
    }
  }
  soften(values, width, height, view.blur / unit);
  const noise = noiseTable();
  const pixels = new Uint8Array(width * height);
  let at = 0;
  for (let i = 0; i < pixels.length; i++) {
    if (i % width === 0) at = random.integer(NOISE_LENGTH);
    const level = 255 * view.exposure * values[i]! + (view.noise * noise[at++ & (NOISE_LENGTH - 1)]!) / NOISE_ONE;
    pixels[i] = Math.min(255, Math.max(0, Math.round(level)));
  }
  return { pixels, width, height };
}

function lightFrom({ values }: Sheet, m: readonly number[], x: number, y: number): number {
  const w = m[6]! * x + m[7]! * y + m[8]!;
  const u = Math.min(SHEET.width - 1.001, Math.max(0, (m[0]! * x + m[1]! * y + m[2]!) / w - 0.5));
  const v = Math.min(SHEET.height - 1.001, Math.max(0, (m[3]! * x + m[4]! * y + m[5]!) / w - 0.5));
  const left = Math.floor(u);
  const top = Math.floor(v);
  const at = top * SHEET.width + left;
  const [fu, fv] = [u - left, v - top];
  const upper = values[at]! * (1 - fu) + values[at + 1]! * fu;
  const lower = values[at + SHEET.width]! * (1 - fu) + values[at + SHEET.width + 1]! * fu;
  return upper * (1 - fv) + lower * fv;
}

function lightAt({ tilt, shadow }: View, x: number, y: number): number {
  const light = 1 + tilt.x * (2 * x - 1) + tilt.y * (2 * y - 1);
  if (shadow === undefined) return light;
  const distance = (x - shadow.x) * shadow.directionX + (y - shadow.y) * shadow.directionY;
  const share = Math.min(1, Math.max(0, 0.5 + distance / shadow.softness));
  return light * (1 - shadow.depth * share);
}

/** A Gaussian of that standard deviation, in place. */
function soften(values: Float32Array, width: number, height: number, deviation: number): void {
  if (deviation < 0.15) return;
  const radius = Math.ceil(2.5 * deviation);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const pass = (count: number, length: number, step: number, stride: number): void => {
    const line = new Float32Array(length);
    for (let j = 0; j < count; j++) {
      for (let i = 0; i < length; i++) line[i] = values[j * stride + i * step]!;
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let tap = -radius; tap <= radius; tap++)
          sum += kernel[tap + radius]! * line[Math.min(length - 1, Math.max(0, i + tap))]!;
        values[j * stride + i * step] = sum / total;
      }
    }
  };
  pass(height, width, 1, width);
  pass(width, height, width, 1);
}
