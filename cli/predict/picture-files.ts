// The files that a command line means: files as they are, folders with every picture under them, sorted by path.

import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CommandFailed } from '../errors.ts';

/** What a folder is searched for; a file that is named itself may have any ending. */
const PICTURE_NAME = /\.(png|jpe?g|webp|gif|tiff?|bmp)$/i;

export interface PictureFile {
  /** As the person wrote it, or under the folder as he wrote it. */
  file: string;
  /** Absolute. */
  path: string;
}

/**
 * Files in the order they were named; those of a folder sorted by path, dot names left out.
 * A name that does not exist stays in the list: reading it fails then, and the others are still read.
 * @throws CommandFailed for a folder without pictures
 */
export async function pictureFiles(names: readonly string[], folder: string): Promise<PictureFile[]> {
  const files: PictureFile[] = [];
  for (const name of names) {
    const path = resolve(folder, name);
    const info = await stat(path).catch(() => undefined);
    if (info?.isDirectory() !== true) files.push({ file: name, path });
    else {
      const found = await picturesUnder(path, name);
      if (found.length === 0)
        throw new CommandFailed(`${name}: expected pictures (PNG, JPEG, WebP, GIF, TIFF, BMP) in the folder, got none`);
      files.push(...found);
    }
  }
  return files;
}

async function picturesUnder(path: string, name: string): Promise<PictureFile[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory() && PICTURE_NAME.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .filter((relative) => !relative.split(/[/\\]/).some((part) => part.startsWith('.')))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((relative) => ({ file: join(name, relative), path: join(path, relative) }));
}
