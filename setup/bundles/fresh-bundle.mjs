// Whether a bundle still is what its sources say. Node's own modules only: it runs before anything is compiled.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a program's bundles lie, and the note of the newest. */
export function bundlePlaces(root, program) {
  const folder = join(root, 'node_modules', '.cache', 'digitflow', program);
  return { folder, noteFile: join(folder, `${program}.json`) };
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/**
 * The path of the bundle's entry, or undefined where there is none, a source has changed, moved or gone, or an output is
 * not what was written. Some milliseconds for 200 sources.
 */
export async function freshBundle(root, folder, noteFile) {
  try {
    const { entry, outputs, sources } = JSON.parse(await readFile(noteFile, 'utf8'));
    const isAsNoted = async (base, [path, digest]) => sha256(await readFile(join(base, path))) === digest;
    const checks = [
      ...Object.entries(outputs).map((noted) => isAsNoted(folder, noted)),
      ...Object.entries(sources).map((noted) => isAsNoted(root, noted)),
    ];
    return (await Promise.all(checks)).every(Boolean) ? join(folder, entry) : undefined;
  } catch {
    return undefined;
  }
}
