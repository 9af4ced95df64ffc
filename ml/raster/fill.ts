// Fills polygons with exact area coverage: each pixel's level is the share of it that lies inside. Method: signed area
// accumulation, as in font-rs (Levien, 2016). Contours of one direction may overlap; a hole runs the other way.

import type { GrayImage } from '../image/gray-image.ts';
import type { Contour } from './outline.ts';

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The smallest whole pixels around the contours; undefined where there are none. */
export function boundsOf(contours: readonly Contour[]): Box | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const contour of contours) {
    for (let i = 0; i < contour.length; i += 2) {
      left = Math.min(left, contour[i]!);
      right = Math.max(right, contour[i]!);
      top = Math.min(top, contour[i + 1]!);
      bottom = Math.max(bottom, contour[i + 1]!);
    }
  }
  if (!(right > left && bottom > top)) return undefined;
  [left, top] = [Math.floor(left), Math.floor(top)];
  return { left, top, width: Math.ceil(right) - left, height: Math.ceil(bottom) - top };
}

/** Coverage 0 … 255 of the pixels of `box`. Contours must lie inside it. */
export function fillContours(contours: readonly Contour[], box: Box): GrayImage {
  const { width, height } = box;
  const stride = width + 2; // an edge on the right border writes one cell beyond its pixel
  const steps = new Float64Array(stride * height);
  for (const contour of contours) {
    let x0 = contour[contour.length - 2]! - box.left;
    let y0 = contour[contour.length - 1]! - box.top;
    for (let i = 0; i < contour.length; i += 2) {
      const x1 = contour[i]! - box.left;
      const y1 = contour[i + 1]! - box.top;
      addEdge(steps, stride, height, x0, y0, x1, y1);
      x0 = x1;
      y0 = y1;
    }
  }
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    let inside = 0;
    for (let x = 0; x < width; x++) {
      inside += steps[y * stride + x]!;
      pixels[y * width + x] = Math.min(1, Math.abs(inside)) * 255 + 0.5;
    }
  }
  return { pixels, width, height };
}

/** Adds one edge: per row, how much of each cell lies to the right of it, as steps of a running sum. */
function addEdge(
  steps: Float64Array,
  stride: number,
  height: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  if (y0 === y1) return;
  const direction = y0 < y1 ? 1 : -1;
  const [topX, topY, bottomX, bottomY] = y0 < y1 ? [x0, y0, x1, y1] : [x1, y1, x0, y0];
  const slope = (bottomX - topX) / (bottomY - topY);
  const lastRow = Math.min(height, Math.ceil(bottomY));
  for (let row = Math.max(0, Math.floor(topY)); row < lastRow; row++) {
    const from = Math.max(topY, row);
    const to = Math.min(bottomY, row + 1);
    const area = (to - from) * direction;
    const xa = topX + (from - topY) * slope;
    const xb = topX + (to - topY) * slope;
    addSpan(steps, row * stride, Math.min(xa, xb), Math.max(xa, xb), area);
  }
}

/** One row of an edge between `left` and `right`, covering `area` of the row's height. */
function addSpan(steps: Float64Array, row: number, left: number, right: number, area: number): void {
  const first = Math.floor(left);
  const last = Math.ceil(right);
  if (last <= first + 1) {
    const middle = (left + right) / 2 - first;
    steps[row + first]! += area * (1 - middle);
    steps[row + first + 1]! += area * middle;
    return;
  }
  const scale = area / (right - left);
  const before = 1 - (left - first);
  const firstPart = 0.5 * scale * before * before;
  const after = right - last + 1;
  const lastPart = 0.5 * scale * after * after;
  steps[row + first]! += firstPart;
  if (last === first + 2) steps[row + first + 1]! += area - firstPart - lastPart;
  else {
    const second = scale * (1.5 - (left - first));
    steps[row + first + 1]! += second - firstPart;
    for (let cell = first + 2; cell < last - 1; cell++) steps[row + cell]! += scale;
    steps[row + last - 1]! += area - (second + (last - first - 3) * scale) - lastPart;
  }
  steps[row + last]! += lastPart;
}
