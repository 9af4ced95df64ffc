// Small files that several processes read and write at once: whole or not at all, private where they hold secrets.

import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Mode of every folder of the home: it holds keys and other people's images. */
const PRIVATE_FOLDER = 0o700;

export function ensureFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: PRIVATE_FOLDER });
  return path;
}

/** Replaces the file in one move: a reader sees the old or the new content, never a part. Safe to repeat. */
export function writeWhole(path: string, content: string, mode = 0o600): void {
  const temporary = writeTemporary(path, content, mode);
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Creates the file with all of its content where none is, and says whether it did. Of many at once, one gets true. */
export function createOnce(path: string, content: string, mode = 0o600): boolean {
  const temporary = writeTemporary(path, content, mode);
  try {
    // A hard link, not open('wx'): the name appears together with its content, so nobody ever reads an empty file.
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (isMissingOrThere(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The file's text; undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissingOrThere(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export function removeIfThere(path: string): void {
  rmSync(path, { force: true });
}

function writeTemporary(path: string, content: string, mode: number): string {
  ensureFolder(dirname(path));
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, content, { mode, flush: true });
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return temporary;
}

function isMissingOrThere(error: unknown, code: 'EEXIST' | 'ENOENT'): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
