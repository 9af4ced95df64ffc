// Notes what the inference worker runs: its bundle, the reader threads' and the page's. Each keeps its own list of sources
// beside itself. A part of the inference worker's bundle, so it knows no compiler.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeCodeNote } from '../setup/code-note.ts';

type Sources = Record<string, string>;

/** @returns the note's path; undefined when the worker runs from its sources because its bundle could not be made */
export async function noteServingCode(root: string, pageFolder: string | undefined): Promise<string | undefined> {
  const cache = path.join(root, 'node_modules', '.cache', 'digitflow');
  try {
    const [program, threads] = await Promise.all(
      ['inference/inference.json', 'threads/reader-thread.json'].map((note) => read(path.join(cache, note))),
    );
    const page = pageFolder === undefined ? {} : await read(path.join(path.dirname(pageFolder), 'page.json'));
    const sources = { ...page['inputs'], ...threads!['sources'], ...program!['sources'] };
    return writeCodeNote(path.join(cache, 'notes'), { root, sources });
  } catch {
    return undefined;
  }
}

const read = async (file: string): Promise<Record<string, Sources>> =>
  JSON.parse(await readFile(file, 'utf8')) as Record<string, Sources>;
