// A file that several processes may make at once, of the same or of newer sources: whole or not at all.

import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { sha256 } from './fresh-bundle.mjs';

/** Leaves a file alone that holds these bytes; a rename lets nobody see half of one. */
export async function writeOnce(file: string, bytes: Uint8Array): Promise<void> {
  const present = await stat(file).catch(() => undefined);
  if (present?.size === bytes.byteLength && sha256(await readFile(file)) === sha256(bytes)) return;
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, bytes);
  await rename(temporary, file);
}
