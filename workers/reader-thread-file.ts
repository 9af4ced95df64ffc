// The reader thread's code as one file: a thread that loads it starts in a fraction of the time that compiling its modules
// one by one would take. Bundled once for equal sources.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleOptions, writeOnce } from './code.ts';

const ENTRY = 'inference/pool/reader-thread.ts';

/** What a bundle was made of. */
interface BundleNote {
  /** Name of the bundle, which holds its digest. */
  name: string;
  /** Path → SHA-256 of every module that was looked at. */
  sources: Record<string, string>;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * The absolute path of the bundled reader thread, made where it is missing or its sources have changed: about 0.2 s.
 * @param root the checkout; the bundle lies under its node_modules, so that packages resolve as the checkout's do
 */
export async function readerThreadFile(root: string): Promise<string> {
  const folder = path.join(root, 'node_modules', '.cache', 'digitflow', 'threads');
  const noteFile = path.join(folder, 'reader-thread.json');
  const standing = await readNote(noteFile);
  if (standing !== undefined && (await isFresh(root, folder, standing))) return path.join(folder, standing.name);

  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build(bundleOptions(root, ENTRY));
  const bytes = outputFiles[0]!.contents;
  const note: BundleNote = { name: nameOf(bytes), sources: {} };
  for (const source of Object.keys(metafile.inputs))
    note.sources[source] = sha256(await readFile(path.join(root, source)));
  await mkdir(folder, { recursive: true });
  await writeOnce(path.join(folder, note.name), bytes);
  const temporary = `${noteFile}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(note));
  await rename(temporary, noteFile);
  return path.join(folder, note.name);
}

const nameOf = (bytes: Uint8Array): string => `reader-thread-${sha256(bytes).slice(0, 32)}.mjs`;

async function readNote(file: string): Promise<BundleNote | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as BundleNote;
  } catch {
    return undefined; // none yet, or not readable: a new one replaces it
  }
}

async function isFresh(root: string, folder: string, { name, sources }: BundleNote): Promise<boolean> {
  try {
    if (nameOf(await readFile(path.join(folder, name))) !== name) return false;
    const checks = Object.entries(sources).map(
      async ([source, digest]) => sha256(await readFile(path.join(root, source))) === digest,
    );
    return (await Promise.all(checks)).every(Boolean);
  } catch {
    return false; // a module was moved or removed
  }
}
