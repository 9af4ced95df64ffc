// The reader thread's code as one file: a thread that loads it starts in a fraction of the time that compiling its modules
// one by one would take. Bundled once for equal sources.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { freshBundle, sha256, type BundleNote } from '../setup/bundles/fresh-bundle.mjs';
import { notedSources } from '../setup/bundles/noted-sources.ts';
import { writeOnce } from '../setup/bundles/write-once.ts';

const ENTRY = 'inference/pool/reader-thread.ts';

/**
 * The absolute path of the bundled reader thread, made where it is missing or its sources have changed: about 0.2 s.
 * @param root the checkout; the bundle lies under its node_modules, so that packages resolve as the checkout's do
 */
export async function readerThreadFile(root: string): Promise<string> {
  const folder = path.join(root, 'node_modules', '.cache', 'digitflow', 'threads');
  const noteFile = path.join(folder, 'reader-thread.json');
  const standing = await freshBundle(root, folder, noteFile);
  if (standing !== undefined) return standing;

  const [{ build }, { bundleOptions }] = await Promise.all([import('esbuild'), import('./code.ts')]);
  const sources: Record<string, string> = {};
  const plugins = [notedSources(root, sources)];
  const { outputFiles } = await build({ ...bundleOptions(root, ENTRY), plugins });
  const bytes = outputFiles[0]!.contents;
  const name = `reader-thread-${sha256(bytes).slice(0, 32)}.mjs`;
  const note: BundleNote = { entry: name, outputs: { [name]: sha256(bytes) }, sources };
  await mkdir(folder, { recursive: true });
  await writeOnce(path.join(folder, name), bytes);
  await writeOnce(noteFile, Buffer.from(JSON.stringify(note)));
  return path.join(folder, name);
}
