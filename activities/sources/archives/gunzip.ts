// The bytes of a file that may be packed by gzip, a chunk at a time. What comes out is for the caller to count.

import { createGunzip, type Gunzip } from 'node:zlib';
import { DamagedArchive } from '../../errors.ts';
import type { ByteSource } from './byte-source.ts';

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

export const isGzip = (head: Uint8Array): boolean => GZIP_MAGIC.every((byte, i) => head[i] === byte);

/** Chunks are the caller's to keep. @throws DamagedArchive */
export async function* unpacked(source: ByteSource, where: string): AsyncGenerator<Uint8Array> {
  if (!isGzip(await source.read(0, Math.min(2, source.sizeBytes)))) {
    for await (const chunk of source.chunks())
      for (let at = 0; at < chunk.length; at += CHUNK_BYTES)
        yield Uint8Array.from(chunk.subarray(at, at + CHUNK_BYTES));
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  feed(gunzip, source).catch((error: Error) => gunzip.destroy(error));
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('Z_')) throw error;
    throw new DamagedArchive(`${where}: expected a whole gzip, got a damaged one: ${error.message}`, { cause: error });
  } finally {
    gunzip.destroy();
  }
}

/** The source may use a chunk's buffer again: the next is asked for when the one before is unpacked. */
async function feed(gunzip: Gunzip, source: ByteSource): Promise<void> {
  for await (const chunk of source.chunks())
    await new Promise<void>((resolve, reject) => {
      gunzip.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  gunzip.end();
}
