import { PLANE_SIDE } from './plane.ts';
import type { Plane } from './plane.ts';

/** Blurs weaker than this variance cannot be seen and are left out. */
const LEAST_VARIANCE = 0.1;
/** What `scale` counts in; `edge` counts in 256ths of a pixel. */
const SCALE_ONE = 1 << 20;

const blurredRows = new Uint8Array(PLANE_SIDE * PLANE_SIDE);

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
  const edge = Math.floor(part * 256 + 0.5) | 0; // 32 bits: loops on floating point are slower
  const scale = Math.floor(SCALE_ONE / (side * 256 + 2 * edge)) | 0;
  blurRows(plane, radius, edge, scale);
  blurColumns(plane, radius, edge, scale);
}

/** Along x into `blurredRows`; widens the plane's box. */
function blurRows(plane: Plane, radius: number, edge: number, scale: number): void {
  const { pixels } = plane;
  const rows = blurredRows;
  rows.fill(0);
  plane.left -= radius + 1;
  plane.right += radius + 1;
  for (let y = plane.top; y < plane.bottom; y++) {
    const end = y * PLANE_SIDE + plane.right;
    let sum = 0; // the window of the first pixel ends left of the ink
    let behind = 0;
    for (let i = y * PLANE_SIDE + plane.left; i < end; i++) {
      const ahead = pixels[i + radius + 1]!;
      rows[i] = (Math.imul((sum << 8) + Math.imul(edge, ahead + behind), scale) + 0x80000) >> 20;
      behind = pixels[i - radius]!;
      sum += ahead - behind;
    }
  }
}

/** Along y from `blurredRows` back into the plane; widens its box. */
function blurColumns(plane: Plane, radius: number, edge: number, scale: number): void {
  const { pixels, left, right } = plane;
  const rows = blurredRows;
  const stride = PLANE_SIDE;
  const below = (radius + 1) * stride;
  plane.top -= radius + 1;
  plane.bottom += radius + 1;
  const top = plane.top * stride;
  for (let x = left; x < right; x++) {
    const end = plane.bottom * stride + x;
    let sum = 0;
    let behind = 0;
    for (let i = top + x; i < end; i += stride) {
      const ahead = rows[i + below]!;
      pixels[i] = (Math.imul((sum << 8) + Math.imul(edge, ahead + behind), scale) + 0x80000) >> 20;
      behind = rows[i - below + stride]!;
      sum += ahead - behind;
    }
  }
}
