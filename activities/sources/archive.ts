// Images of an archive: .zip, .tar, .tar.gz or .tgz with one folder a class, in a file or in parts in the store. Two
// passes: the first sees names and sizes only, so that what is unsafe is refused before anything is decoded.

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ArtifactRef } from '../../artifacts/store.ts';
import { DamagedArchive, SourceNotFound } from '../errors.ts';
import { ARCHIVE_LIMITS, createMeter, type ArchiveEntry, type ArchiveLimits } from './archives/entry.ts';
import { digestOf, fileBytes, partBytes, type ByteSource } from './archives/byte-source.ts';
import { readTar } from './archives/tar.ts';
import { readZip } from './archives/zip.ts';
import { findClassFolders, groupOf, isClutter, type ClassFolders } from './class-folders.ts';
import { allowedPath } from './allowed-path.ts';
import { tooManyBytes } from './decode.ts';
import { decodeInOrder, type RawItem } from './decode-in-order.ts';
import type { Source, SourceContext } from './source.ts';

export interface ArchiveOptions {
  /** A file under one of `dataRoots`. Exactly one of `path` and `parts` is given. */
  path?: string;
  /** The same bytes as blobs, in order. */
  parts?: ArtifactRef[];
  /** The file's name, for people. */
  name?: string;
  dataRoots: readonly string[];
  /** @default ARCHIVE_LIMITS */
  limits?: ArchiveLimits;
}

/** @throws (from `open`) SourceNotAllowed, SourceNotFound, and every error of archives and class folders */
export function archiveSource(options: ArchiveOptions): Source {
  const where = options.name ?? (options.path === undefined ? 'archive' : basename(options.path));
  const limits = options.limits ?? ARCHIVE_LIMITS;
  const entriesOf = (
    source: ByteSource,
    zip: boolean,
    wants: (path: string) => boolean,
  ): AsyncIterable<ArchiveEntry> => {
    const meter = createMeter(where, source.sizeBytes, limits);
    return zip ? readZip(source, { where, meter, wants }) : readTar(source, { where, meter, wants });
  };

  return {
    kind: 'archive',
    name: where,
    splitHints: false,
    async identity({ signal }) {
      if (options.parts !== undefined) {
        return { kind: 'archive', parts: options.parts.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes })) };
      }
      const source = await fileBytes(await filePath(options));
      try {
        return { kind: 'archive', sha256: await digestOf(source, signal), sizeBytes: source.sizeBytes };
      } finally {
        await source.close();
      }
    },
    async open(context) {
      const openBytes = async (): Promise<ByteSource> =>
        options.parts === undefined
          ? fileBytes(await filePath(options))
          : partBytes(options.parts, (ref) => context.read(ref));
      const zip = await using(openBytes, (source) => isZip(source, where));
      const { folders, total } = await using(openBytes, (source) =>
        listEntries(
          entriesOf(source, zip, () => false),
          where,
          context,
        ),
      );
      if (options.parts !== undefined) context.keepBlobs(where, options.parts);
      else await using(openBytes, (source) => context.keep(where, source.chunks()));
      return {
        classes: folders.classes,
        parts: [{ name: 'archive', kind: 'archive', licences: [] }],
        complete: true,
        total,
        async *items() {
          const source = await openBytes();
          try {
            const wants = (path: string): boolean => !isClutter(path) && folders.classOf(path) !== undefined;
            yield* decodeInOrder(rawItems(entriesOf(source, zip, wants), folders), 'archive');
          } finally {
            await source.close();
          }
        },
      };
    },
  };
}

async function listEntries(
  entries: AsyncIterable<ArchiveEntry>,
  where: string,
  context: SourceContext,
): Promise<{ folders: ClassFolders; total: number }> {
  const files: string[] = [];
  const listed = new Set<string>();
  for await (const entry of entries) {
    context.signal.throwIfAborted();
    if (isClutter(entry.path)) continue;
    if (entry.kind === 'file') files.push(entry.path);
    else listed.add(entry.path);
  }
  return { folders: findClassFolders(files, listed, where), total: files.length };
}

async function* rawItems(entries: AsyncIterable<ArchiveEntry>, folders: ClassFolders): AsyncGenerator<RawItem> {
  for await (const entry of entries) {
    if (entry.kind !== 'file' || isClutter(entry.path)) continue;
    const { path, content } = entry;
    const className = folders.classOf(path);
    if (className === undefined) {
      yield {
        name: path,
        rejected: { reason: 'outside-class-folder', detail: 'expected a file in one of the class folders' },
      };
      continue;
    }
    const name = folders.shortName(path);
    if (content === undefined) yield { name, rejected: tooManyBytes(entry.sizeBytes) };
    else if ('damage' in content) yield { name, rejected: { reason: 'unreadable', detail: content.damage } };
    else yield { name, className, group: groupOf(path.slice(path.lastIndexOf('/') + 1)), bytes: content };
  }
}

/** Judged by content: names lie. */
async function isZip(source: ByteSource, where: string): Promise<boolean> {
  if (source.sizeBytes < 4) throw new DamagedArchive(`${where}: expected an archive, got ${source.sizeBytes} bytes`);
  const head = Buffer.from(await source.read(0, 4)).toString('latin1');
  return head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06');
}

async function filePath({ path, dataRoots }: ArchiveOptions): Promise<string> {
  if (path === undefined) throw new SourceNotFound('archive: expected a path or parts, got neither');
  const real = await allowedPath(path, dataRoots);
  if (!(await stat(real)).isFile()) throw new SourceNotFound(`${path}: expected an archive file, got something else`);
  return real;
}

async function using<T>(openBytes: () => Promise<ByteSource>, work: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openBytes();
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}
