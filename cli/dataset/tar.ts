// A folder as a tar whose bytes depend on names and contents alone: no times, owners or modes, names in byte order.
// Equal folders make equal bytes, and equal bytes are stored once.

import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed } from '../errors.ts';

const BLOCK = 512;
/** The header's size field holds eleven octal digits. */
const LARGEST_FILE_BYTES = 8 ** 11 - 1;

export interface FolderFile {
  /** Relative to the folder, with slashes. */
  name: string;
  path: string;
  sizeBytes: number;
}

/** Thrown when a folder can't be packed: a file changed meanwhile, a link in a circle, a name no tar can hold. */
export class CannotPack extends CommandFailed {
  override readonly name = 'CannotPack';
}

/**
 * Every file under a folder, sorted by the bytes of its name. Links are followed: what a person put there is meant.
 * Names that begin with a dot are left out, as `.DS_Store` and `.git`.
 * @throws CannotPack
 */
export async function filesOfFolder(folder: string): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  await collect(folder, '', [], files);
  return files.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

async function collect(folder: string, prefix: string, above: readonly string[], files: FolderFile[]): Promise<void> {
  const real = await realpath(folder);
  if (above.includes(real))
    throw new CannotPack(`${folder}: expected a folder that ends, got a link to a folder above it`);
  for (const entry of await readdir(folder)) {
    if (entry.startsWith('.')) continue;
    const path = join(folder, entry);
    const info = await stat(path).catch((cause: unknown) => {
      throw new CannotPack(`${path}: expected a readable file or folder, got a broken link or no permission`, {
        cause,
      });
    });
    const name = prefix + entry;
    if (info.isDirectory()) await collect(path, `${name}/`, [...above, real], files);
    else if (info.isFile()) files.push({ name, path, sizeBytes: info.size });
  }
}

/** How many bytes `tarOf` will yield for these files. */
export function tarSize(files: readonly FolderFile[]): number {
  const content = files.reduce((sum, file) => sum + headersOf(file).length + padded(file.sizeBytes), 0);
  return content + 2 * BLOCK;
}

/** The tar as a stream of chunks. @throws CannotPack when a file changes its size while it is read */
export async function* tarOf(files: readonly FolderFile[], signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    signal?.throwIfAborted();
    yield headersOf(file);
    let sizeBytes = 0;
    for await (const chunk of createReadStream(file.path) as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > file.sizeBytes) break;
      yield chunk;
    }
    if (sizeBytes !== file.sizeBytes)
      throw new CannotPack(`${file.path}: expected ${file.sizeBytes} bytes, but the file changed while it was packed`);
    yield new Uint8Array(padded(sizeBytes) - sizeBytes);
  }
  yield new Uint8Array(2 * BLOCK);
}

const padded = (sizeBytes: number): number => Math.ceil(sizeBytes / BLOCK) * BLOCK;

/** One ustar header; for a name it can't hold, a pax header before it. @throws CannotPack for files of 8 GiB and more */
function headersOf({ name, path, sizeBytes }: FolderFile): Uint8Array {
  if (sizeBytes > LARGEST_FILE_BYTES)
    throw new CannotPack(`${path}: expected a file under 8 GiB, got ${sizeBytes} bytes`);
  const plain = Buffer.byteLength(name) <= 100 && /^[\u0020-\u007e]*$/.test(name);
  if (plain) return header(name, sizeBytes, '0');
  const record = paxRecord('path', name);
  const body = Buffer.alloc(padded(record.length));
  record.copy(body);
  return Buffer.concat([header('pax', record.length, 'x'), body, header('long-name', sizeBytes, '0')]);
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function header(name: string, sizeBytes: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(name, 0, 100, 'utf8');
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108); // owner
  block.write(octal(0, 8), 116); // group
  block.write(octal(sizeBytes, 12), 124);
  block.write(octal(0, 12), 136); // time
  block.write('        ', 148); // the checksum counts itself as blanks
  block.write(type, 156);
  block.write('ustar\u000000', 257);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
