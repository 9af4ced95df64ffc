// The small picture in which digits are looked for: area means of whole blocks of the frame, at most 200 pixels a side, so
// that a frame of any size takes the same time.

import type { GrayImage } from '../image/gray-image.ts';
import { createCells, measureCells, resizeCells, type Cells } from './cells.ts';
import { canHalve, halve } from './halve.ts';

/** The longest side of the working picture: 320×240 is halved, 640×480 quartered. */
export const WORKING_SIDE = 200;

export interface WorkingPicture {
  pixels: Uint8Array; // [height, width], the first height × width of the buffer
  width: number;
  height: number;
  /** Side of the block of frame pixels that one pixel stands for. */
  scale: number;
  cells: Cells;
}

/** A function that shrinks frames. The returned object is reused by the next call. */
export function createWorkingPicture(): (frame: GrayImage) => WorkingPicture {
  const picture: WorkingPicture = {
    pixels: new Uint8Array(WORKING_SIDE * WORKING_SIDE),
    width: 0,
    height: 0,
    scale: 1,
    cells: createCells(WORKING_SIDE),
  };
  const pairs = new Uint16Array(picture.pixels.buffer);
  const sums = new Int32Array(WORKING_SIDE);
  return (frame) => {
    const scale = Math.ceil(Math.max(frame.width, frame.height) / WORKING_SIDE);
    picture.scale = scale;
    picture.width = Math.ceil(frame.width / scale);
    picture.height = Math.ceil(frame.height / scale);
    resizeCells(picture.cells, picture.width, picture.height);
    if (scale === 2 && canHalve(frame)) halve(inWords(frame.pixels), pairs, picture);
    else {
      if (scale === 1) picture.pixels.set(frame.pixels);
      else shrink(frame, picture, sums);
      measureCells(picture);
    }
    return picture;
  };
}

/** The bytes, four by four; a copy where they don't begin at a whole integer. */
function inWords(pixels: Uint8Array): Int32Array {
  const { buffer, byteOffset } = pixels.byteOffset % 4 === 0 ? pixels : pixels.slice();
  return new Int32Array(buffer, byteOffset, pixels.length / 4);
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
