// Notes what the pipeline worker runs: the bundles of the steps, the workflows, and the program around them.

import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { SAVED_MEANWHILE, writeCodeNote } from '../setup/code-note.ts';
import { bundleOptions } from './code.ts';
import { bundlePlaces, freshBundle, sha256, type BundleNote } from '../setup/bundles/fresh-bundle.mjs';
import { notedSources } from '../setup/bundles/noted-sources.ts';
import { PROGRAMS, type ProgramName } from '../setup/bundles/program-bundle.ts';

const noteFolder = (root: string): string => path.join(root, 'node_modules', '.cache', 'digitflow', 'notes');

type Sources = Record<string, string>;

/**
 * Everything of our own that a program of the checkout can load, workflows and the lock file included. A process that runs
 * from sources compiled them one by one since it began, so one that was saved since then is noted as unknown.
 */
export async function sourcesOfProgram(root: string, program: ProgramName): Promise<Sources> {
  const startedMs = Date.now() - process.uptime() * 1000;
  const sources = await sourcesOf(root, program);
  const workflows = (await readdir(path.join(root, 'workflows'))).map((file) => path.join('workflows', file));
  for (const file of ['package-lock.json', ...workflows]) sources[file] = sha256(await readFile(path.join(root, file)));
  const times = await Promise.all(
    Object.keys(sources).map(async (file) => [file, (await stat(path.join(root, file))).mtimeMs] as const),
  );
  for (const [file, savedMs] of times) if (savedMs > startedMs) sources[file] = SAVED_MEANWHILE;
  return sources;
}

/** A bundle that stands says what is in it; otherwise the compiler is asked: a tenth of a second. */
async function sourcesOf(root: string, program: ProgramName): Promise<Sources> {
  const { folder, noteFile } = bundlePlaces(root, program);
  if ((await freshBundle(root, folder, noteFile)) !== undefined)
    return (JSON.parse(await readFile(noteFile, 'utf8')) as BundleNote).sources;
  const sources: Sources = {};
  const { build } = await import('esbuild');
  await build({ ...bundleOptions(root, PROGRAMS[program]), plugins: [notedSources(root, sources)] });
  return sources;
}

/** @param noted the later ones win: of the steps' bundles it is known which bytes are in them @returns the note's path */
export const noteCode = (root: string, noted: readonly Sources[]): string =>
  writeCodeNote(noteFolder(root), { root, sources: Object.assign({}, ...noted) as Sources });
