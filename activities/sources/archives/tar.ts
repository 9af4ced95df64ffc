// Reads .tar, .tar.gz and .tgz in one pass, a chunk at a time.

import { Parser, type ReadEntry } from 'tar';
import { DamagedArchive, NameNotUtf8, UnsafeArchive } from '../../errors.ts';
import { MAX_FILE_BYTES } from '../decode.ts';
import type { ByteSource } from './byte-source.ts';
import { safePath, shorten, type ArchiveEntry } from './entry.ts';
import { isGzip, unpacked } from './gunzip.ts';
import type { ReadOptions } from './zip.ts';

const FILE_TYPES = new Set(['File', 'OldFile', 'ContiguousFile']);
const LINK_TYPES = new Set(['Link', 'SymbolicLink']);
/** What a decoder writes for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * The entries of a .tar, packed by gzip or not, in their order.
 * @throws DamagedArchive, UnsafeArchive, NameNotUtf8, DecompressionBomb
 */
export async function* readTar(source: ByteSource, options: ReadOptions): AsyncGenerator<ArchiveEntry> {
  const { where, meter } = options;
  const ready: ArchiveEntry[] = [];
  let problem: Error | undefined;
  let sawEnd = false;
  const fail = (error: Error): void => void (problem ??= error);
  const parser = new Parser({
    strict: false, // warnings are judged below: in strict mode the parser throws out of an event
    onwarn: (code, message) => {
      if (code !== 'TAR_ENTRY_INFO')
        fail(new DamagedArchive(`${where}: expected a whole .tar, got ${code}: ${message}`));
    },
    onReadEntry: (entry) => {
      try {
        collect(entry, options, ready);
      } catch (error) {
        fail(error as Error);
        entry.resume();
      }
    },
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    fail(new UnsafeArchive(`${where}: expected plain files and folders, got a ${entry.type}: ${shorten(entry.path)}`));
  });
  parser.on('nullBlock', () => (sawEnd = true));
  parser.on('eof', () => (sawEnd = true));

  for await (const chunk of unpackedOnce(source, where)) {
    meter.addBytes(chunk.length);
    parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (problem !== undefined) throw problem;
    yield* ready.splice(0);
  }
  parser.end();
  if (problem !== undefined) throw problem;
  yield* ready.splice(0);
  if (!sawEnd) throw new DamagedArchive(`${where}: expected the end mark of a .tar, got the end of the file`);
}

/** Checks an entry and gathers its content; a file is ready when its last byte was seen. */
function collect(entry: ReadEntry, { where, meter, wants }: ReadOptions, ready: ArchiveEntry[]): void {
  meter.addEntry();
  if (entry.path.includes(REPLACEMENT)) {
    throw new NameNotUtf8(`${where}: expected file names in UTF-8, got ${shorten(entry.path)}`);
  }
  const path = safePath(entry.path, where);
  if (LINK_TYPES.has(entry.type)) {
    throw new UnsafeArchive(`${where}: expected plain files and folders, got a link: ${shorten(entry.path)}`);
  }
  if (entry.type === 'Directory') {
    ready.push({ kind: 'folder', path });
    entry.resume();
    return;
  }
  if (!FILE_TYPES.has(entry.type)) {
    throw new UnsafeArchive(`${where}: expected plain files and folders, got a ${entry.type}: ${shorten(entry.path)}`);
  }
  const sizeBytes = entry.size;
  if (!wants(path) || sizeBytes > MAX_FILE_BYTES) {
    ready.push({ kind: 'file', path, sizeBytes, content: undefined });
    entry.resume();
    return;
  }
  const content = new Uint8Array(sizeBytes);
  let filled = 0;
  entry.on('data', (data) => {
    content.set(data, filled);
    filled += data.length;
  });
  entry.on('end', () => ready.push({ kind: 'file', path, sizeBytes, content }));
}

/** The parser would unpack a second layer by itself, past the meter. */
async function* unpackedOnce(source: ByteSource, where: string): AsyncGenerator<Uint8Array> {
  let inside = isGzip(await source.read(0, Math.min(2, source.sizeBytes)));
  for await (const chunk of unpacked(source, where)) {
    if (inside && isGzip(chunk))
      throw new DamagedArchive(`${where}: expected a .tar inside the gzip, got another gzip`);
    inside = false;
    yield chunk;
  }
}
