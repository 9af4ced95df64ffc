// A video that Chromium's fake camera plays: uncompressed, complete frames, gray.

import { open } from 'node:fs/promises';
import type { GrayImage } from '../../ml/image/gray-image.ts';

export interface Y4mOptions {
  file: string;
  /** Even sides, all frames alike. */
  frames: Iterable<GrayImage>;
  framesPerSecond: number;
}

/** Writes YUV 4:2:0 with both colours neutral. */
export async function writeY4m({ file, frames, framesPerSecond }: Y4mOptions): Promise<void> {
  const out = await open(file, 'w');
  try {
    let isFirst = true;
    for (const { pixels, width, height } of frames) {
      if (isFirst) await out.write(`YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`);
      isFirst = false;
      await out.write('FRAME\n');
      await out.write(pixels);
      await out.write(Buffer.alloc((width * height) / 2, 128));
    }
  } finally {
    await out.close();
  }
}
