import type { GrayImage } from './gray-image.ts';

/**
 * The one-pixel-wide skeleton of a picture's ink. Method: Zhang and Suen, "A fast parallel algorithm for thinning
 * digital patterns", CACM 1984.
 * @param level ink is what lies above it. @default 127
 * @returns [height, width], 1 on the skeleton, 0 elsewhere
 */
export function thin(image: GrayImage, level = 127): Uint8Array {
  const stride = image.width + 2; // a border of nothing spares every neighbour its bounds check
  const mask = new Uint8Array(stride * (image.height + 2));
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++)
      if (image.pixels[y * image.width + x]! > level) mask[(y + 1) * stride + x + 1] = 1;
  let changed = true;
  while (changed) {
    const first = peel(mask, stride, 0);
    const second = peel(mask, stride, 1);
    changed = first || second;
  }
  const skeleton = new Uint8Array(image.width * image.height);
  for (let y = 0; y < image.height; y++)
    skeleton.set(mask.subarray((y + 1) * stride + 1, (y + 1) * stride + 1 + image.width), y * image.width);
  return skeleton;
}

/** One sub-iteration: takes away the south-east (pass 0) or north-west (pass 1) border where no part falls apart. */
function peel(mask: Uint8Array, stride: number, pass: 0 | 1): boolean {
  const peeled: number[] = [];
  for (let i = stride + 1; i < mask.length - stride - 1; i++) {
    if (mask[i] === 0) continue;
    const north = mask[i - stride]!;
    const northEast = mask[i - stride + 1]!;
    const east = mask[i + 1]!;
    const southEast = mask[i + stride + 1]!;
    const south = mask[i + stride]!;
    const southWest = mask[i + stride - 1]!;
    const west = mask[i - 1]!;
    const northWest = mask[i - stride - 1]!;
    const neighbours = north + northEast + east + southEast + south + southWest + west + northWest;
    if (neighbours < 2 || neighbours > 6) continue;
    const rises =
      ((1 - north) & northEast) +
      ((1 - northEast) & east) +
      ((1 - east) & southEast) +
      ((1 - southEast) & south) +
      ((1 - south) & southWest) +
      ((1 - southWest) & west) +
      ((1 - west) & northWest) +
      ((1 - northWest) & north);
    if (rises !== 1) continue;
    const open =
      pass === 0 ? (north & east & south) | (east & south & west) : (north & east & west) | (north & south & west);
    if (open === 0) peeled.push(i);
  }
  for (const i of peeled) mask[i] = 0;
  return peeled.length > 0;
}
