// The image type of all of ml: gray bytes, row by row, nothing else. Colour, alpha and file formats end in the codecs.

/** A gray picture, 0 black … 255 white. */
export interface GrayImage {
  pixels: Uint8Array; // [height, width]
  width: number;
  height: number;
}

/** The longest side any function of this folder accepts. */
export const MAX_SIDE = 4096;

/** Thrown when a picture's sides are not integers from 1 to 4096, or when its bytes are not width × height. */
export class InvalidImage extends Error {
  override readonly name = 'InvalidImage';
}

/** Checks sides and number of bytes. @throws InvalidImage */
export function checkImage(pixels: Uint8Array, width: number, height: number): void {
  if (!isSide(width) || !isSide(height))
    throw new InvalidImage(`image: expected sides from 1 to ${MAX_SIDE}, got ${width}×${height}`);
  if (pixels.length !== width * height)
    throw new InvalidImage(`image: expected ${width * height} bytes for ${width}×${height}, got ${pixels.length}`);
}

const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE;

/** A picture of one level. @throws InvalidImage */
export function blankImage(width: number, height: number, level = 0): GrayImage {
  if (!isSide(width) || !isSide(height))
    throw new InvalidImage(`image: expected sides from 1 to ${MAX_SIDE}, got ${width}×${height}`);
  return { pixels: new Uint8Array(width * height).fill(level), width, height };
}
