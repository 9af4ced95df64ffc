// Reads .zip: the central directory by yauzl, the content by zlib, both through reads of whole blocks.

import { callbackify } from 'node:util';
import { crc32, inflateRawSync } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { DamagedArchive, EncryptedArchive, UnsafeArchive } from '../../errors.ts';
import { MAX_FILE_BYTES } from '../decode.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeName, safePath, shorten, type ArchiveEntry, type Meter } from './entry.ts';

const STORED = 0;
const DEFLATED = 8;

/** Unix file types in the upper half of the external attributes. */
const TYPE_MASK = 0o170000;
const PLAIN_TYPES = new Set([0, 0o100000, 0o040000]); // unknown, file, folder
const MADE_BY_UNIX = [3, 19]; // 19: macOS

export interface ReadOptions {
  where: string;
  meter: Meter;
  /** Whether the content of a file is wanted. */
  wants: (path: string) => boolean;
}

/**
 * The entries of a .zip in the order of its directory.
 * @throws DamagedArchive, EncryptedArchive, UnsafeArchive, NameNotUtf8, DecompressionBomb
 */
export async function* readZip(source: ByteSource, options: ReadOptions): AsyncGenerator<ArchiveEntry> {
  const { where, meter, wants } = options;
  const zip = await orDamaged(where, () =>
    yauzl.fromRandomAccessReaderPromise(new Reader(source), source.sizeBytes, {
      decodeStrings: false, // names are checked by safePath, the same for all archives
      autoClose: false,
    }),
  );
  const entries = zip.eachEntry()[Symbol.asyncIterator]();
  for (;;) {
    const next = await orDamaged(where, () => entries.next());
    if (next.done === true) return;
    const entry = next.value;
    meter.addEntry();
    const name = decodeName(entry.fileNameRaw, where);
    const path = safePath(name, where);
    refuseSpecial(entry, name, where);
    if (name.endsWith('/')) {
      yield { kind: 'folder', path };
      continue;
    }
    if (entry.isEncrypted()) {
      throw new EncryptedArchive(`${where}: expected files without a password, got an encrypted one: ${shorten(name)}`);
    }
    meter.addBytes(entry.uncompressedSize);
    const content = wants(path) ? await contentOf(zip, source, entry, where) : undefined;
    yield { kind: 'file', path, sizeBytes: entry.uncompressedSize, content };
  }
}

function refuseSpecial(entry: Entry, name: string, where: string): void {
  if (!MADE_BY_UNIX.includes(entry.versionMadeBy >>> 8)) return;
  const type = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
  if (PLAIN_TYPES.has(type)) return;
  const what = type === 0o120000 ? 'a link' : 'a device';
  throw new UnsafeArchive(`${where}: expected plain files and folders, got ${what}: ${shorten(name)}`);
}

async function contentOf(
  zip: ZipFile,
  source: ByteSource,
  entry: Entry,
  where: string,
): Promise<Uint8Array | { damage: string } | undefined> {
  if (entry.uncompressedSize > MAX_FILE_BYTES) return undefined;
  const method = entry.compressionMethod;
  if (method !== STORED && method !== DEFLATED) return { damage: `compression method ${method} is not supported` };
  const { fileDataStart } = await orDamaged(where, () => zip.readLocalFileHeaderPromise(entry, { minimal: true }));
  const packed = await source.read(fileDataStart, entry.compressedSize);
  let bytes: Uint8Array = Uint8Array.from(packed);
  if (method === DEFLATED) {
    try {
      // The bound holds even when the declared size lies.
      bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
    } catch (error) {
      return { damage: `can't be unpacked: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  if (bytes.length !== entry.uncompressedSize) {
    return { damage: `expected ${entry.uncompressedSize} bytes unpacked, got ${bytes.length}` };
  }
  return crc32(bytes) === entry.crc32 ? bytes : { damage: 'its CRC-32 differs from the one in the directory' };
}

/** yauzl's errors are plain ones: each means a structure that is not as the format wants it. */
async function orDamaged<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof DamagedArchive) throw error;
    if (/encryption/.test(message)) throw new EncryptedArchive(`${where}: ${message}`, { cause: error });
    throw new DamagedArchive(`${where}: expected a whole .zip, got a damaged one: ${message}`, { cause: error });
  }
}

/** What yauzl reads through. */
class Reader extends yauzl.RandomAccessReader {
  readonly #source: ByteSource;
  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    callbackify(async () => {
      buffer.set(await this.#source.read(position, length), offset);
      return length;
    })(callback);
  }
  override _readStreamForRange(): never {
    throw new Error('entries are read as a whole, never as a stream');
  }
  override close(callback: (error: Error | null) => void): void {
    callback(null); // the byte source is closed by whoever opened it
  }
}
