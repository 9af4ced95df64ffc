// The bytes of a file that may be packed by gzip, a chunk at a time. What comes out is for the caller to count.

import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DamagedArchive } from '../../errors.ts';
import type { ByteSource } from './byte-source.ts';

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

export const isGzip = (head: Uint8Array): boolean => GZIP_MAGIC.every((byte, i) => head[i] === byte);

/** @throws DamagedArchive */
export async function* unpacked(source: ByteSource, where: string): AsyncGenerator<Uint8Array> {
  if (!isGzip(await source.read(0, Math.min(2, source.sizeBytes)))) {
    yield* source.chunks();
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const packed = Readable.from(source.chunks(), { objectMode: false });
  packed.on('error', (error) => gunzip.destroy(error));
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('Z_')) throw error;
    throw new DamagedArchive(`${where}: expected a whole gzip, got a damaged one: ${error.message}`, { cause: error });
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}
