// A single file of a source, wherever it lies: on this worker's disk under an allowed root, or in the store in parts.

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ArtifactRef } from '../../artifacts/store.ts';
import { SourceNotFound } from '../errors.ts';
import { allowedPath } from './allowed-path.ts';
import { digestOf, fileBytes, partBytes, type ByteSource } from './archives/byte-source.ts';
import type { SourceContext } from './source.ts';

export interface FilePlace {
  /** A file under one of `dataRoots`. Exactly one of `path` and `parts` is given. */
  path?: string | undefined;
  /** The same bytes as blobs, in order. */
  parts?: ArtifactRef[] | undefined;
  /** The file's name, for people. */
  name?: string | undefined;
  dataRoots: readonly string[];
}

export const nameOfFile = ({ name, path }: FilePlace, otherwise: string): string =>
  name ?? (path === undefined ? otherwise : basename(path));

/** Must be closed. @throws SourceNotAllowed, SourceNotFound */
export async function openFile(place: FilePlace, { read }: Pick<SourceContext, 'read'>): Promise<ByteSource> {
  return place.parts === undefined ? fileBytes(await filePath(place)) : partBytes(place.parts, (ref) => read(ref));
}

/** What pins the content. Parts are pinned by their names, a file is read. @throws SourceNotAllowed, SourceNotFound */
export async function identityOfFile(place: FilePlace, signal: AbortSignal): Promise<Record<string, unknown>> {
  if (place.parts !== undefined) return { parts: place.parts.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes })) };
  return using(
    async () => fileBytes(await filePath(place)),
    async (source) => ({ sha256: await digestOf(source, signal), sizeBytes: source.sizeBytes }),
  );
}

/** Keeps the file as it was read. */
export async function keepFile(place: FilePlace, name: string, context: SourceContext): Promise<void> {
  if (place.parts !== undefined) await context.keepBlobs(name, place.parts);
  else
    await using(
      () => openFile(place, context),
      (source) => context.keep(name, source.chunks()),
    );
}

export async function using<T>(
  openBytes: () => Promise<ByteSource>,
  work: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const source = await openBytes();
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

async function filePath({ path, dataRoots }: FilePlace): Promise<string> {
  if (path === undefined) throw new SourceNotFound('expected a path or parts of a file, got neither');
  const real = await allowedPath(path, dataRoots);
  if (!(await stat(real)).isFile()) throw new SourceNotFound(`${path}: expected a file, got something else`);
  return real;
}
