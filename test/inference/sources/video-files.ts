// Small videos and pictures drawn for tests.

import sharp from 'sharp';

/** A gray frame whose pixels all have one level. */
export const level = (width: number, height: number, value: number): Uint8Array =>
  new Uint8Array(width * height).fill(value);

/** A .y4m of plain frames; colours are neutral. */
export function y4mOf(width: number, height: number, levels: readonly number[], colours = '420jpeg'): Buffer {
  const colourBytes = colours === 'mono' ? 0 : (width * height) / 2;
  return Buffer.concat([
    Buffer.from(`YUV4MPEG2 W${width} H${height} F15:1 Ip A1:1 C${colours}\n`),
    ...levels.flatMap((value) => [
      Buffer.from('FRAME\n'),
      level(width, height, value),
      new Uint8Array(colourBytes).fill(128),
    ]),
  ]);
}

/** A JPEG of one level, with a thumbnail-like end marker inside a comment, as real cameras have them in EXIF. */
export async function jpegOf(width: number, height: number, value: number): Promise<Buffer> {
  const plain = await sharp(level(width, height, value), { raw: { width, height, channels: 1 } })
    .jpeg()
    .toBuffer();
  const comment = Buffer.from([0xff, 0xfe, 0x00, 0x08, 0xff, 0xd8, 0x00, 0xff, 0xd9, 0x00]);
  return Buffer.concat([plain.subarray(0, 2), comment, plain.subarray(2)]);
}

/** Bytes in pieces of a size, as a stream brings them. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}
