// How keys become folders and back, for the store in a folder.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { InvalidKey } from './errors.ts';
import { compareKeys } from './limits.ts';

/** Ends the folder of an object; a folder without it holds further keys, so `a` and `a/b` can both be objects. */
const OBJECT_MARK = '~';
const MAX_NAME_BYTES = 255;

/** Upper case is escaped too: file systems that ignore case would take two keys for one. */
function escapeSegment(segment: string): string {
  let escaped = '';
  for (const byte of Buffer.from(segment)) {
    const character = String.fromCharCode(byte);
    escaped += /[a-z0-9._-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

/**
 * The folder of an object, relative to the bucket's.
 * @throws InvalidKey when a segment is too long for a file name
 */
export function objectFolder(key: string): string {
  const names = key.split('/').map(escapeSegment);
  names.push(`${names.pop()!}${OBJECT_MARK}`);
  if (names.some((name) => name.length > MAX_NAME_BYTES)) {
    throw new InvalidKey(key, `segments that fit a file name of ${MAX_NAME_BYTES} bytes when escaped`);
  }
  return path.join(...names);
}

/** Every key that has a folder and the prefix, in key order. Folders that can't hold one are not opened. */
export async function* listKeys(root: string, prefix: string, within = ''): AsyncGenerator<string> {
  const entries = await readdir(root, { withFileTypes: true });
  const found = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const isObject = name.endsWith(OBJECT_MARK);
      const segment = decodeURIComponent(isObject ? name.slice(0, -1) : name);
      // With its slash a folder sorts exactly where its keys do.
      return { name, isObject, key: `${within}${segment}${isObject ? '' : '/'}` };
    })
    .filter(({ key, isObject }) => key.startsWith(prefix) || (!isObject && prefix.startsWith(key)))
    .sort((a, b) => compareKeys(a.key, b.key));
  for (const { name, isObject, key } of found) {
    if (isObject) yield key;
    else yield* listKeys(path.join(root, name), prefix, key);
  }
}
