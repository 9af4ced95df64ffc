// A folder of pictures as a source: in the order of their names, as people number them.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UnreadableSource, type SourceFrame } from './source.ts';
import { jpegFrame } from './to-frame.ts';

const PICTURE = /\.(png|jpe?g|webp|gif|tiff?)$/i;

/** @throws UnreadableSource for a folder without pictures, and for a picture that can't be read */
export async function* readFolder(folder: string): AsyncGenerator<SourceFrame> {
  const names = (await readdir(folder)).filter((name) => PICTURE.test(name));
  if (names.length === 0)
    throw new UnreadableSource(`${folder}: expected pictures (.png, .jpg, .webp, .gif, .tif), got none`);
  // 2.png before 10.png
  const order = new Intl.Collator('en', { numeric: true });
  for (const name of names.sort((a, b) => order.compare(a, b))) {
    const file = path.join(folder, name);
    yield jpegFrame(await readFile(file), file);
  }
}
