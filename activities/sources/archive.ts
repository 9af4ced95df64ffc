// Images of an archive: .zip, .tar, .tar.gz or .tgz with one folder a class, in a file or in parts in the store. Two
// passes: the first sees names and sizes only, so that what is unsafe is refused before anything is decoded.

import { DamagedArchive } from '../errors.ts';
import { ARCHIVE_LIMITS, createMeter, type ArchiveEntry, type ArchiveLimits } from './archives/entry.ts';
import type { ByteSource } from './archives/byte-source.ts';
import { readTar } from './archives/tar.ts';
import { readZip } from './archives/zip.ts';
import { findClassFolders, groupOf, isClutter, type ClassFolders } from './class-folders.ts';
import { tooManyBytes } from './decode.ts';
import { decodeInOrder, type RawItem } from './decode-in-order.ts';
import { identityOfFile, keepFile, nameOfFile, openFile, using, type FilePlace } from './file-place.ts';
import type { Source, SourceContext } from './source.ts';

export interface ArchiveOptions extends FilePlace {
  /** @default ARCHIVE_LIMITS */
  limits?: ArchiveLimits;
}

/** @throws (from `open`) SourceNotAllowed, SourceNotFound, and every error of archives and class folders */
export function archiveSource(options: ArchiveOptions): Source {
  const where = nameOfFile(options, 'archive');
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
    identity: async ({ signal }) => ({ kind: 'archive', ...(await identityOfFile(options, signal)) }),
    async open(context) {
      const openBytes = (): Promise<ByteSource> => openFile(options, context);
      const zip = await using(openBytes, (source) => isZip(source, where));
      const { folders, total } = await using(openBytes, (source) =>
        listEntries(
          entriesOf(source, zip, () => false),
          where,
          context,
        ),
      );
      await keepFile(options, where, context);
      return {
        classes: folders.classes,
        parts: [{ name: 'archive', kind: 'archive', licences: [] }],
        complete: true,
        total,
        async *items() {
          const source = await openBytes();
          try {
            const wants = (path: string): boolean => !isClutter(path) && folders.classOf(path) !== undefined;
            yield* decodeInOrder(rawItems(entriesOf(source, zip, wants), folders), {
              source: 'archive',
              pool: context.pool,
            });
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
