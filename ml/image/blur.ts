import { PLANE_SIDE } from './plane.ts';
import type { Plane } from './plane.ts';

/** Blurs weaker than this variance cannot be seen and are left out. */
const LEAST_VARIANCE = 0.1;
const FRACTION = 256;
const SHIFT = 20;
const HALF = 1 << (SHIFT - 1);

const rows = new Uint8Array(PLANE_SIDE * PLANE_SIDE);
const columnSums = new Int32Array(PLANE_SIDE);

/**
 * Blurs a plane in place with a box whose two outermost pixels count in part, so that its variance is exactly the
 * Gaussian's it stands in for. Method: Gwosdek, Grewenig, Bruhn, Weickert, "Theoretical foundations of Gaussian
 * convolution by extended box filtering", SSVM 2011, one pass an axis.
 * @param variance in square pixels, 0 … 30: the square of the Gaussian's standard deviation
 */
export function blur(plane: Plane, variance: number): void {
  if (variance < LEAST_VARIANCE || plane.right === 0) return;
  let radius = 0; // whole pixels on each side; the next one counts in part
  while (((2 * radius + 3) * (2 * radius + 3) - 1) / 12 < variance) radius++;
  const next = (radius + 1) * (radius + 1);
  const side = 2 * radius + 1;
  const part = (side * (variance - (radius * (radius + 1)) / 3)) / (2 * (next - variance));
  const edge = Math.floor(part * FRACTION + 0.5);
  const scale = Math.floor((1 << SHIFT) / (side * FRACTION + 2 * edge));
  blurRows(plane, radius, edge, scale);
  blurColumns(plane, radius, edge, scale);
}

/** Along x into `rows`; widens the plane's box. */
function blurRows(plane: Plane, radius: number, edge: number, scale: number): void {
  const { pixels } = plane;
  rows.fill(0);
  plane.left -= radius + 1;
  plane.right += radius + 1;
  for (let y = plane.top; y < plane.bottom; y++) {
    const end = y * PLANE_SIDE + plane.right;
    let sum = 0; // the window of the first pixel ends left of the ink
    for (let i = y * PLANE_SIDE + plane.left; i < end; i++) {
      const ahead = pixels[i + radius + 1]!;
      const behind = pixels[i - radius - 1]!;
      rows[i] = (Math.imul(sum * FRACTION + Math.imul(edge, ahead + behind), scale) + HALF) >> SHIFT;
      sum += ahead - pixels[i - radius]!;
    }
  }
}

/** Along y from `rows` back into the plane; one sum a column moves down. */
function blurColumns(plane: Plane, radius: number, edge: number, scale: number): void {
  const { pixels, left, right } = plane;
  const below = (radius + 1) * PLANE_SIDE;
  plane.top -= radius + 1;
  plane.bottom += radius + 1;
  columnSums.fill(0);
  for (let y = plane.top; y < plane.bottom; y++) {
    const row = y * PLANE_SIDE;
    for (let x = left; x < right; x++) {
      const i = row + x;
      const sum = columnSums[x]!;
      const ahead = rows[i + below]!;
      pixels[i] = (Math.imul(sum * FRACTION + Math.imul(edge, ahead + rows[i - below]!), scale) + HALF) >> SHIFT;
      columnSums[x] = sum + ahead - rows[i - below + PLANE_SIDE]!;
    }
  }
}
