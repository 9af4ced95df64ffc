/**
 * Gray of an opaque canvas's pixels: BT.601 in 14 bits, as the worker has it for pictures it decodes.
 * @param rgba four bytes a pixel
 */
export function toGray(rgba: Uint8ClampedArray): Uint8Array {
  const gray = new Uint8Array(rgba.length / 4);
  for (let pixel = 0, at = 0; pixel < gray.length; pixel++, at += 4)
    gray[pixel] = (rgba[at]! * 4899 + rgba[at + 1]! * 9617 + rgba[at + 2]! * 1868 + 8192) >> 14;
  return gray;
}
