// Takes one file out of a .tar.gz, without writing the rest.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { WayFailed } from './errors.mjs';

const BLOCK = 512;

/**
 * @param {string} file a gzipped tar file
 * @param {string} member the base name of a regular file in it
 * @param {string} target where to write it, with the mode 0755
 * @throws WayFailed when the archive has no such file or is cut off
 */
export async function untarMember(file, member, target) {
  const source = createReadStream(file);
  const bytes = source.pipe(createGunzip({ chunkSize: 1 << 18 }));
  // Errors of a piped source don't travel by themselves.
  source.once('error', (error) => bytes.destroy(error));
  const reader = new BlockReader(bytes);
  try {
    for (
      let header = await reader.take(BLOCK);
      header !== undefined && header[0] !== 0;
      header = await reader.take(BLOCK)
    ) {
      const name = text(header, 0, 100);
      const sizeBytes = Number.parseInt(text(header, 124, 12), 8) || 0;
      const regular = header[156] === 0 || header[156] === 0x30;
      if (regular && name.split('/').at(-1) === member) return await copy(reader, { sizeBytes, target, file, member });
      await reader.skip(Math.ceil(sizeBytes / BLOCK) * BLOCK);
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('Z_')) throw error;
    throw new WayFailed(`${file}: expected a whole .tar.gz, got ${error.message}`, { cause: error });
  } finally {
    bytes.destroy();
    source.destroy();
  }
  throw new WayFailed(`${file}: expected a file named ${member}, found none`);
}

/**
 * @param {BlockReader} reader
 * @param {{ sizeBytes: number, target: string, file: string, member: string }} what
 */
async function copy(reader, { sizeBytes, target, file, member }) {
  const output = await open(target, 'w', 0o755);
  try {
    for (let left = sizeBytes; left > 0;) {
      const chunk = await reader.some(left);
      if (chunk === undefined)
        throw new WayFailed(`${file}: ${member} is cut off, ${left} of ${sizeBytes} bytes are missing`);
      await output.writeFile(chunk);
      left -= chunk.length;
    }
  } finally {
    await output.close();
  }
}

/** A stream of bytes read in pieces of wanted length. */
class BlockReader {
  /** @param {AsyncIterable<Uint8Array>} stream */
  constructor(stream) {
    this.iterator = stream[Symbol.asyncIterator]();
    /** @type {Uint8Array} */
    this.rest = new Uint8Array();
  }

  /**
   * @param {number} most
   * @returns {Promise<Uint8Array | undefined>} between 1 and `most` bytes; undefined at the end
   */
  async some(most) {
    while (this.rest.length === 0) {
      const { value, done } = await this.iterator.next();
      if (done) return undefined;
      this.rest = value;
    }
    const piece = this.rest.subarray(0, most);
    this.rest = this.rest.subarray(piece.length);
    return piece;
  }

  /**
   * @param {number} length
   * @returns exactly `length` bytes; undefined at the end
   */
  async take(length) {
    const pieces = [];
    for (let left = length; left > 0;) {
      const piece = await this.some(left);
      if (piece === undefined) return undefined;
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** @param {number} length */
  async skip(length) {
    for (let left = length; left > 0;) {
      const piece = await this.some(left);
      if (piece === undefined) return;
      left -= piece.length;
    }
  }
}

/**
 * @param {Buffer} header
 * @param {number} at
 * @param {number} length
 */
function text(header, at, length) {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end).trim();
}
