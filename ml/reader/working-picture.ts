// The small picture in which digits are looked for: area means of whole blocks of the frame, at most 200 pixels a side, so
// that a frame of any size takes the same time.

import type { GrayImage } from '../image/gray-image.ts';

/** The longest side of the working picture: 320×240 is halved, 640×480 quartered. */
export const WORKING_SIDE = 200;

export interface WorkingPicture {
  pixels: Uint8Array; // [height, width], the first height × width of the buffer
  width: number;
  height: number;
  /** Side of the block of frame pixels that one pixel stands for. */
  scale: number;
}

/** A function that shrinks frames. The returned object is reused by the next call. */
export function createWorkingPicture(): (frame: GrayImage) => WorkingPicture {
  const picture: WorkingPicture = {
    pixels: new Uint8Array(WORKING_SIDE * WORKING_SIDE),
    width: 0,
    height: 0,
    scale: 1,
  };
  const sums = new Int32Array(WORKING_SIDE);
  return (frame) => {
    const scale = Math.ceil(Math.max(frame.width, frame.height) / WORKING_SIDE);
    picture.scale = scale;
    picture.width = Math.ceil(frame.width / scale);
    picture.height = Math.ceil(frame.height / scale);
    if (scale === 1) picture.pixels.set(frame.pixels);
    else if (scale === 2 && frame.width % 2 === 0 && frame.height % 2 === 0) halve(frame, picture.pixels);
    else shrink(frame, picture, sums);
    return picture;
  };
}

/** The common case, in a third of the time of `shrink`. */
function halve({ pixels, width, height }: GrayImage, out: Uint8Array): void {
  let to = 0;
  for (let y = 0; y < height; y += 2) {
    const end = (y + 1) * width;
    for (let i = y * width; i < end; i += 2)
      out[to++] = (pixels[i]! + pixels[i + 1]! + pixels[i + width]! + pixels[i + width + 1]! + 2) >> 2;
  }
}

/** Blocks at the right and the bottom border may be smaller: they are means of what there is. */
function shrink(frame: GrayImage, picture: WorkingPicture, sums: Int32Array): void {
  const { width, height, scale } = picture;
  for (let y = 0; y < height; y++) {
    const rows = Math.min(scale, frame.height - y * scale);
    sums.fill(0, 0, width);
    for (let row = y * scale; row < y * scale + rows; row++) {
      let i = row * frame.width;
      for (let x = 0; x < width; x++) {
        const end = Math.min(i + scale, (row + 1) * frame.width);
        let sum = 0;
        while (i < end) sum += frame.pixels[i++]!;
        sums[x]! += sum;
      }
    }
    for (let x = 0; x < width; x++) {
      const count = rows * Math.min(scale, frame.width - x * scale);
      picture.pixels[y * width + x] = Math.floor(sums[x]! / count + 0.5);
    }
  }
}
