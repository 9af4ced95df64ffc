// A working picture inside an empty margin, so that blur, morphology and warps read neighbours without bounds checks
// and look only at the box that holds ink.

export const PLANE_SIDE = 128;
/** Pixel (0, 0) of the picture lies here, in x and in y. */
export const PLANE_MARGIN = 32;

/** The largest picture a plane holds. */
const MAX_SIDE = 64;
const WORD = 4;

export interface Plane {
  pixels: Uint8Array; // [128, 128], 0 outside the box
  /** The same pixels, four at a time. */
  words: Uint32Array; // [128, 32]
  /** Box of the ink, right and bottom exclusive, in plane coordinates; empty when right is 0. */
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function createPlane(): Plane {
  const pixels = new Uint8Array(PLANE_SIDE * PLANE_SIDE);
  return { pixels, words: new Uint32Array(pixels.buffer), left: 0, top: 0, right: 0, bottom: 0 };
}

// A picture may begin at any byte of its memory: it is read by fours from here.
const staged = new Uint8Array(MAX_SIDE * MAX_SIDE);
const stagedWords = new Uint32Array(staged.buffer);
/** Not 0 where a column has ink. */
const columns = new Uint8Array(MAX_SIDE);
const columnWords = new Uint32Array(columns.buffer);

/** Fills a plane with a picture of `side`×`side` pixels, side a multiple of 4 up to 64, and finds the box of its ink. */
export function loadPlane(plane: Plane, source: Uint8Array, side: number): void {
  const { words } = plane;
  const from = stagedWords;
  const inked = columnWords;
  const length = side / WORD;
  staged.set(source);
  words.fill(0);
  inked.fill(0);
  let top = side;
  let bottom = 0;
  for (let y = 0; y < side; y++) {
    const row = y * length;
    const target = ((y + PLANE_MARGIN) * PLANE_SIDE + PLANE_MARGIN) / WORD;
    let any = 0;
    for (let i = 0; i < length; i++) {
      const four = from[row + i]! | 0;
      if (four === 0) continue;
      words[target + i] = four;
      inked[i]! |= four;
      any |= four;
    }
    if (any === 0) continue;
    if (top === side) top = y;
    bottom = y + 1;
  }
  const isEmpty = bottom === 0;
  let left = 0;
  let right = side;
  if (!isEmpty) {
    while (columns[left] === 0) left++;
    while (columns[right - 1] === 0) right--;
  }
  plane.left = isEmpty ? 0 : left + PLANE_MARGIN;
  plane.top = isEmpty ? 0 : top + PLANE_MARGIN;
  plane.right = isEmpty ? 0 : right + PLANE_MARGIN;
  plane.bottom = isEmpty ? 0 : bottom + PLANE_MARGIN;
}

/** The sum of all levels. */
export function inkOf({ pixels, left, top, right, bottom }: Plane): number {
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    const end = y * PLANE_SIDE + right;
    for (let i = y * PLANE_SIDE + left; i < end; i++) sum += pixels[i]!;
  }
  return sum;
}
