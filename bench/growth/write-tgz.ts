// An archive of files that are made one by one: a hundred thousand of them never lie in memory or in a folder.

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Header } from 'tar';

export interface TarFile {
  path: string;
  bytes: Uint8Array;
}

const BLOCK = 512;

export async function writeTgz(target: string, files: Iterable<TarFile>): Promise<void> {
  await pipeline(Readable.from(blocksOf(files)), createGzip({ level: 1 }), createWriteStream(target));
}

function* blocksOf(files: Iterable<TarFile>): Generator<Buffer> {
  for (const { path, bytes } of files) {
    const header = new Header({ path, mode: 0o644, size: bytes.length, type: 'File' });
    const block = Buffer.alloc(BLOCK);
    header.encode(block, 0);
    yield Buffer.concat([block, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
  }
  yield Buffer.alloc(2 * BLOCK);
}
