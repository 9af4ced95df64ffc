// Reads zip files (Python wheels): stored and deflated entries, zip64. Unpacks only what is asked for.

import { createReadStream, createWriteStream, writeFileSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { WayFailed } from './errors.mjs';

const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const LOCAL_BYTES = 30;
const LONGEST_COMMENT = 0xffff;
const IN_ZIP64 = 0xffffffff;
/** Toolchains have ten thousand small files: three streams for each would take ten times as long as the bytes. */
const AT_ONCE_BYTES = 4 * 2 ** 20;

/**
 * @typedef {object} ZipEntry
 * @property {string} name with `/` between folders
 * @property {0 | 8} method stored or deflated
 * @property {number} compressedBytes
 * @property {number} sizeBytes
 * @property {number} offset of its local header
 * @property {boolean} executable
 */

/**
 * Unpacks the entries that `place` gives a path.
 * @param {string} file
 * @param {{
 *   to: string,
 *   place: (name: string) => string | undefined,
 *   onProgress?: (bytes: number, totalBytes: number) => void,
 *   signal?: AbortSignal | undefined,
 * }} options `place`: the path under `to` for an entry, undefined to leave it out
 * @returns {Promise<string[]>} the paths written, relative to `to`
 * @throws WayFailed for a file that is no zip, is cut off, or has names that lead out of the folder
 */
export async function unzip(file, { to, place, onProgress, signal }) {
  const wanted = (await readZipDirectory(file))
    .filter(({ name }) => !name.endsWith('/'))
    .map((entry) => ({ entry, path: place(entry.name) }))
    .filter((one) => one.path !== undefined);
  const total = wanted.reduce((sum, { entry }) => sum + entry.sizeBytes, 0);
  const handle = await open(file);
  const folders = new Set();
  let written = 0;
  try {
    for (const { entry, path } of wanted) {
      signal?.throwIfAborted();
      const target = join(to, inside(/** @type {string} */ (path), file));
      if (!folders.has(dirname(target))) await mkdir(dirname(target), { recursive: true });
      folders.add(dirname(target));
      await unpack(file, entry, { handle, target, signal });
      written += entry.sizeBytes;
      onProgress?.(written, total);
    }
  } finally {
    await handle.close();
  }
  return wanted.map(({ path }) => /** @type {string} */ (path));
}

/**
 * @param {string} file
 * @returns {Promise<ZipEntry[]>} in the order of the file's directory
 */
export async function readZipDirectory(file) {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const tailBytes = Math.min(size, END_BYTES + LONGEST_COMMENT + LOCATOR_BYTES + END64_BYTES);
    const tail = await read(handle, size - tailBytes, tailBytes);
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
    if (end < 0 || tail.readUInt32LE(end) !== END)
      throw new WayFailed(`${file}: expected a zip file, got no end of one`);
    let count = tail.readUInt16LE(end + 10);
    let bytes = tail.readUInt32LE(end + 12);
    let offset = tail.readUInt32LE(end + 16);
    const locator = end - LOCATOR_BYTES;
    if (locator >= 0 && tail.readUInt32LE(locator) === END64_LOCATOR) {
      const end64 = await read(handle, Number(tail.readBigUInt64LE(locator + 8)), END64_BYTES);
      if (end64.readUInt32LE(0) !== END64)
        throw new WayFailed(`${file}: expected a zip64 directory, got something else`);
      count = Number(end64.readBigUInt64LE(32));
      bytes = Number(end64.readBigUInt64LE(40));
      offset = Number(end64.readBigUInt64LE(48));
    }
    return parseDirectory(await read(handle, offset, bytes), count, file);
  } finally {
    await handle.close();
  }
}

/**
 * @param {Buffer} directory
 * @param {number} count
 * @param {string} file for errors
 * @returns {ZipEntry[]}
 */
function parseDirectory(directory, count, file) {
  const entries = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== DIRECTORY_ENTRY) {
      throw new WayFailed(`${file}: expected ${count} entries, got ${index}`);
    }
    const method = directory.readUInt16LE(at + 10);
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraBytes = directory.readUInt16LE(at + 30);
    const commentBytes = directory.readUInt16LE(at + 32);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    const extra = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    if (method !== 0 && method !== 8)
      throw new WayFailed(`${file}: ${name}: expected it stored or deflated, got method ${method}`);
    const [sizeBytes, compressedBytes, offset] = largeValues(extra, [
      directory.readUInt32LE(at + 24),
      directory.readUInt32LE(at + 20),
      directory.readUInt32LE(at + 42),
    ]);
    const mode = directory.readUInt32LE(at + 38) >>> 16;
    entries.push({
      name,
      method,
      compressedBytes,
      sizeBytes,
      offset,
      executable: (mode & 0o111) !== 0,
    });
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  return entries;
}

/**
 * Values over 4 GiB stand in the zip64 extra field, in this order, and only those that didn't fit.
 * @param {Buffer} extra
 * @param {[number, number, number]} small
 * @returns {[number, number, number]}
 */
function largeValues(extra, small) {
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2);
  let next = at + 4;
  const take = (/** @type {number} */ value) => {
    if (value !== IN_ZIP64 || next + 8 > extra.length) return value;
    next += 8;
    return Number(extra.readBigUInt64LE(next - 8));
  };
  return [take(small[0]), take(small[1]), take(small[2])];
}

/**
 * @param {string} file
 * @param {ZipEntry} entry
 * @param {{ handle: import('node:fs/promises').FileHandle, target: string, signal: AbortSignal | undefined }} where
 */
async function unpack(file, entry, { handle, target, signal }) {
  const header = await read(handle, entry.offset, LOCAL_BYTES);
  if (header.readUInt32LE(0) !== LOCAL_ENTRY)
    throw new WayFailed(`${file}: ${entry.name}: expected an entry at ${entry.offset}`);
  const start = entry.offset + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const mode = entry.executable ? 0o755 : 0o644;
  const isSmall = Math.max(entry.sizeBytes, entry.compressedBytes) <= AT_ONCE_BYTES;
  const unpacking = isSmall
    ? unpackAtOnce(entry, { handle, start, target, mode })
    : unpackStreaming(file, entry, { start, target, mode, signal });
  const sizeBytes = await unpacking.catch((error) => {
    if (!/^(Z_|ERR_BUFFER_TOO_LARGE)/.test(error.code ?? '')) throw error;
    throw new WayFailed(`${file}: ${entry.name}: expected ${entry.sizeBytes} bytes, got ${error.message}`, {
      cause: error,
    });
  });
  if (sizeBytes !== entry.sizeBytes) {
    throw new WayFailed(`${file}: ${entry.name}: expected ${entry.sizeBytes} bytes, got ${sizeBytes}`);
  }
}

/**
 * @param {ZipEntry} entry
 * @param {{ handle: import('node:fs/promises').FileHandle, start: number, target: string, mode: number }} where
 * @returns {Promise<number>} bytes written
 */
async function unpackAtOnce(entry, { handle, start, target, mode }) {
  const packed = await read(handle, start, entry.compressedBytes);
  // One byte more than it says is enough to see that it lies, and keeps a bomb small.
  const limit = { maxOutputLength: entry.sizeBytes + 1 };
  const content = entry.method === 0 ? packed : inflateRawSync(packed, limit);
  writeFileSync(target, content, { mode });
  return content.length;
}

/**
 * @param {string} file
 * @param {ZipEntry} entry
 * @param {{ start: number, target: string, mode: number, signal: AbortSignal | undefined }} where
 * @returns {Promise<number>} bytes written
 */
async function unpackStreaming(file, entry, { start, target, mode, signal }) {
  const input = createReadStream(file, { start, end: start + entry.compressedBytes - 1, highWaterMark: 1 << 20 });
  const output = createWriteStream(target, { mode });
  const options = signal === undefined ? {} : { signal };
  await (entry.method === 0
    ? pipeline(input, output, options)
    : pipeline(input, createInflateRaw({ chunkSize: 1 << 18 }), output, options));
  return output.bytesWritten;
}

/**
 * @param {string} path
 * @param {string} file for the error
 */
function inside(path, file) {
  if (path.startsWith('/') || path.includes('\\') || path.split('/').includes('..')) {
    throw new WayFailed(`${file}: expected paths inside the folder, got ${JSON.stringify(path)}`);
  }
  return path;
}

/**
 * @param {import('node:fs/promises').FileHandle} handle
 * @param {number} position
 * @param {number} length
 */
async function read(handle, position, length) {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead !== length)
    throw new WayFailed(`expected ${length} bytes at ${position} of a zip file, got ${bytesRead}: it is cut off`);
  return buffer;
}
