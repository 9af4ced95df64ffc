// A working picture inside an empty margin, so that blur, morphology and warps read neighbours without bounds checks
// and look only at the box that holds ink.

export const PLANE_SIDE = 128;
/** Pixel (0, 0) of the picture lies here, in x and in y. */
export const PLANE_MARGIN = 32;

export interface Plane {
  pixels: Uint8Array; // [128, 128], 0 outside the box
  /** Box of the ink, right and bottom exclusive, in plane coordinates; empty when right is 0. */
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const createPlane = (): Plane => ({
  pixels: new Uint8Array(PLANE_SIDE * PLANE_SIDE),
  left: 0,
  top: 0,
  right: 0,
  bottom: 0,
});

/** Fills a plane with a picture of `side`×`side` pixels, side at most 64, and finds the box of its ink. */
export function loadPlane(plane: Plane, source: Uint8Array, side: number): void {
  const { pixels } = plane;
  pixels.fill(0);
  let left = side;
  let right = 0;
  let top = side;
  let bottom = 0;
  for (let y = 0; y < side; y++) {
    const row = y * side;
    let first = 0;
    while (first < side && source[row + first] === 0) first++;
    if (first === side) continue;
    let last = side - 1;
    while (source[row + last] === 0) last--;
    const target = (y + PLANE_MARGIN) * PLANE_SIDE + PLANE_MARGIN;
    for (let x = first; x <= last; x++) pixels[target + x] = source[row + x]!;
    if (top === side) top = y;
    bottom = y + 1;
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
  }
  const isEmpty = right === 0;
  plane.left = isEmpty ? 0 : left + PLANE_MARGIN;
  plane.top = isEmpty ? 0 : top + PLANE_MARGIN;
  plane.right = isEmpty ? 0 : right + PLANE_MARGIN;
  plane.bottom = isEmpty ? 0 : bottom + PLANE_MARGIN;
}

/** The sum of all levels. */
export function inkOf(plane: Plane): number {
  let sum = 0;
  for (let y = plane.top; y < plane.bottom; y++)
    for (let i = y * PLANE_SIDE + plane.left; i < y * PLANE_SIDE + plane.right; i++) sum += plane.pixels[i]!;
  return sum;
}
