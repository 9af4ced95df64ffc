// Images of a folder with one sub-folder a class, on this worker's disk.

import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { canonicalJson } from '../../artifacts/canonical.ts';
import { SourceNotFound } from '../errors.ts';
import { allowedPath } from './allowed-path.ts';
import { decodeName } from './archives/entry.ts';
import { findClassFolders, groupOf, isClutter, type ClassFolders } from './class-folders.ts';
import { decodeInOrder, type RawItem } from './decode-in-order.ts';
import { MAX_FILE_BYTES, tooManyBytes } from './decode.ts';
import type { Source, SourceContext } from './source.ts';

/** Class folders may lie a few levels down; a deeper tree is a mistake, or a loop. */
const MAX_DEPTH = 12;

export interface FolderOptions {
  path: string;
  /** Folders that `path` must lie under, after links are followed. */
  dataRoots: readonly string[];
}

interface Listing {
  /** Paths with `/` from the top folder, by code units. */
  files: { path: string; plain: boolean }[];
  folders: string[];
}

/** @throws (from `open` and `identity`) SourceNotAllowed, SourceNotFound, NameNotUtf8, and every error of class folders */
export function folderSource({ path, dataRoots }: FolderOptions): Source {
  const top = async (): Promise<string> => {
    const real = await allowedPath(path, dataRoots);
    if (!(await stat(real)).isDirectory()) throw new SourceNotFound(`${path}: expected a folder, got something else`);
    return real;
  };
  return {
    kind: 'folder',
    name: basename(path),
    splitHints: false,
    async identity({ signal }) {
      const folder = await top();
      const { files } = await listFolder(folder);
      const listing = createHash('sha256');
      for (const file of files) {
        signal.throwIfAborted();
        const sha256 = file.plain ? await digestOfFile(join(folder, file.path)) : null;
        listing.update(`${canonicalJson([file.path, sha256])}\n`);
      }
      return { kind: 'folder', files: files.length, listing: listing.digest('hex') };
    },
    async open({ signal, keep, pool }) {
      const folder = await top();
      const { files, folders } = await listFolder(folder);
      const classFolders = findClassFolders(
        files.map((file) => file.path),
        folders,
        path,
      );
      return {
        classes: classFolders.classes,
        parts: [{ name: 'folder', kind: 'folder', licences: [] }],
        complete: true,
        total: files.length,
        items: () =>
          decodeInOrder(readFiles(folder, files, classFolders, { signal, keep }), { source: 'folder', pool }),
      };
    },
  };
}

async function* readFiles(
  folder: string,
  files: Listing['files'],
  folders: ClassFolders,
  { signal, keep }: Pick<SourceContext, 'signal' | 'keep'>,
): AsyncGenerator<RawItem> {
  for (const { path, plain } of files) {
    signal.throwIfAborted();
    const name = folders.shortName(path);
    const className = folders.classOf(path);
    if (className === undefined || !plain) await keep(path, plain ? await bytesOf(join(folder, path)) : null);
    if (className === undefined) {
      yield {
        name: path,
        rejected: { reason: 'outside-class-folder', detail: 'expected a file in one of the class folders' },
      };
    } else if (!plain) {
      yield { name, rejected: { reason: 'not-a-plain-file', detail: 'expected a file, got a link or a device' } };
    } else {
      const item = await readImage(join(folder, path), { name, className, group: groupOf(basename(path)) });
      await keep(path, 'bytes' in item ? item.bytes : await bytesOf(join(folder, path)));
      yield item;
    }
  }
}

/** Of a file that is set aside: it belongs to the source all the same. A picture that is far too large is not kept. */
async function bytesOf(path: string): Promise<Uint8Array | null> {
  const size = await lstat(path).then(
    (found) => found.size,
    () => Infinity,
  );
  return size > MAX_FILE_BYTES ? null : await readFile(path).catch(() => null);
}

async function readImage(
  path: string,
  file: { name: string; className: string; group: string | undefined },
): Promise<RawItem> {
  try {
    const { size } = await lstat(path);
    if (size > MAX_FILE_BYTES) return { name: file.name, rejected: tooManyBytes(size) };
    return { ...file, bytes: await readFile(path) };
  } catch (error) {
    const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { name: file.name, rejected: { reason: 'unreadable', detail: `the file can't be read: ${detail}` } };
  }
}

/** A file that can't be read has no digest: ingest will set it aside. */
async function digestOfFile(path: string): Promise<string | null> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    return null;
  }
}

/** Links are listed but not followed: what they lead to may lie outside the allowed roots. */
async function listFolder(top: string): Promise<Listing> {
  const listing: Listing = { files: [], folders: [] };
  const walk = async (folder: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) {
      throw new SourceNotFound(`${top}: expected class folders within ${MAX_DEPTH} levels, got a deeper tree`);
    }
    const entries = await readdir(join(top, folder), { withFileTypes: true, encoding: 'buffer' });
    for (const entry of entries) {
      const name = decodeName(entry.name, folder === '' ? top : join(top, folder));
      const path = folder === '' ? name : `${folder}/${name}`;
      if (isClutter(name)) continue;
      if (entry.isDirectory()) {
        listing.folders.push(path);
        await walk(path, depth + 1);
      } else listing.files.push({ path, plain: entry.isFile() });
    }
  };
  await walk('', 0);
  listing.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return listing;
}
