import type { GrayImage } from './gray-image.ts';

/**
 * The one-pixel-wide skeleton of a picture's ink. Method: Zhang and Suen, "A fast parallel algorithm for thinning
 * digital patterns", CACM 1984.
 * @param level ink is what lies above it. @default 127
 * @returns [height, width], 1 on the skeleton, 0 elsewhere
 */
export function thin({ pixels, width, height }: GrayImage, level = 127): Uint8Array {
  const stride = width + 2; // a border of nothing spares every neighbour its bounds check
  const mask = new Uint8Array(stride * (height + 2));
  const ink = new Int32Array(width * height); // positions in the mask
  let count = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (pixels[y * width + x]! > level) {
        ink[count] = (y + 1) * stride + x + 1;
        mask[ink[count++]!] = 1;
      }
  const peeled = new Int32Array(count);
  let before: number;
  do {
    before = count;
    count = peel(mask, stride, ink, count, removable[0]!, peeled);
    count = peel(mask, stride, ink, count, removable[1]!, peeled);
  } while (count < before);
  const skeleton = new Uint8Array(width * height);
  for (let i = 0; i < count; i++) {
    const y = Math.floor(ink[i]! / stride) - 1;
    skeleton[y * width + (ink[i]! % stride) - 1] = 1;
  }
  return skeleton;
}

/** Takes away, all at once, the ink whose neighbours allow it. Returns how much is left at the front of `ink`. */
function peel(
  mask: Uint8Array,
  stride: number,
  ink: Int32Array,
  count: number,
  isRemovable: Uint8Array,
  peeled: Int32Array,
): number {
  let left = 0;
  let gone = 0;
  for (let k = 0; k < count; k++) {
    const i = ink[k]!;
    const neighbours =
      mask[i - stride]! |
      (mask[i - stride + 1]! << 1) |
      (mask[i + 1]! << 2) |
      (mask[i + stride + 1]! << 3) |
      (mask[i + stride]! << 4) |
      (mask[i + stride - 1]! << 5) |
      (mask[i - 1]! << 6) |
      (mask[i - stride - 1]! << 7);
    if (isRemovable[neighbours] === 1) peeled[gone++] = i;
    else ink[left++] = i;
  }
  for (let k = 0; k < gone; k++) mask[peeled[k]!] = 0;
  return left;
}

/** For each sub-iteration, which of the 256 neighbourhoods (bit 0 north, then clockwise) let go of their pixel. */
const removable = ([0, 1] as const).map((pass) =>
  Uint8Array.from({ length: 256 }, (_, neighbours) => (mayGo(neighbours, pass) ? 1 : 0)),
);

/** Pass 0 peels the south-east border, pass 1 the north-west, where neither an end is shortened nor a part cut in two. */
function mayGo(neighbours: number, pass: 0 | 1): boolean {
  const bit = (position: number): number => (neighbours >> (position % 8)) & 1;
  let sum = 0;
  let rises = 0;
  for (let position = 0; position < 8; position++) {
    sum += bit(position);
    rises += (1 - bit(position)) & bit(position + 1);
  }
  if (sum < 2 || sum > 6 || rises !== 1) return false;
  const [north, east, south, west] = [bit(0), bit(2), bit(4), bit(6)];
  const inside =
    pass === 0 ? (north & east & south) | (east & south & west) : (north & east & west) | (north & south & west);
  return inside === 0;
}
