// What a running worker was made of: its sources with their digests, noted by the worker when it starts, compared with
// the checkout by whoever asks whether it still runs the code of now.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writeWhole } from './stack/files.ts';

const codeNoteSchema = z.object({
  /** The checkout that the worker runs from, which need not be that of who asks. */
  root: z.string(),
  /** Path relative to the root → SHA-256. */
  sources: z.record(z.string(), z.string()),
});
export type CodeNote = z.output<typeof codeNoteSchema>;

/** In the digest's place for a source that was saved while its worker was loading it: nobody knows which one runs. */
export const SAVED_MEANWHILE = 'saved while the worker started';

/**
 * Writes the note under a name of its content; safe to repeat and to race.
 * @param folder where notes lie, e.g. a folder of the checkout's caches
 * @returns its path: what a worker tells its supervisor
 */
export function writeCodeNote(folder: string, note: CodeNote): string {
  const text = JSON.stringify(note);
  const path = join(folder, `sources-${sha256(text).slice(0, 32)}.json`);
  if (readIfThere(path) !== text) writeWhole(path, text);
  return path;
}

/**
 * The sources that are not what the note says, in order: some milliseconds for 300 of them.
 * Undefined when there is no such note, e.g. because the checkout's caches were emptied.
 */
export async function changedSources(path: string): Promise<string[] | undefined> {
  const text = readIfThere(path);
  const note = text === undefined ? undefined : codeNoteSchema.safeParse(parse(text)).data;
  if (note === undefined) return undefined;
  const checked = await Promise.all(
    Object.entries(note.sources).map(async ([source, digest]) => {
      const bytes = await readFile(join(note.root, source)).catch(() => undefined);
      return bytes !== undefined && sha256(bytes) === digest ? [] : [source];
    }),
  );
  return checked.flat().sort();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
