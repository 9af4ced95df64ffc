// A file of known digest, fetched or refused.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { WayFailed } from './errors.mjs';
import { httpGet } from './http-get.mjs';

/** Where no size is pinned: far above any component, far below a disk. */
const MOST_BYTES = 2 ** 30;

/**
 * Downloads a file. Safe to repeat: what was there is overwritten, and nothing stays when it fails.
 * @param {{
 *   url: string, file: string, sha256: string, sizeBytes?: number | undefined,
 *   environment: Record<string, string | undefined>, signal?: AbortSignal | undefined,
 *   onProgress?: (bytes: number, totalBytes: number | undefined) => void,
 * }} what
 * @throws WayFailed for another status than 200, another size or another digest
 */
export async function download({ url, file, sha256, sizeBytes, environment, signal, onProgress }) {
  const response = await httpGet(url, { environment, signal });
  const announced = Number(response.headers['content-length']) || undefined;
  const expected = sizeBytes ?? announced;
  const hash = createHash('sha256');
  let bytes = 0;
  async function* measured(/** @type {AsyncIterable<Buffer>} */ source) {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > (sizeBytes ?? MOST_BYTES))
        throw new WayFailed(`${url}: expected ${sizeBytes ?? MOST_BYTES} bytes, got more`);
      hash.update(chunk);
      onProgress?.(bytes, expected);
      yield chunk;
    }
  }
  try {
    await pipeline(
      response,
      measured,
      createWriteStream(file, { mode: 0o600 }),
      signal === undefined ? {} : { signal },
    );
    checkFile(url, { bytes, digest: hash.digest('hex') }, { sha256, sizeBytes });
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/**
 * Checks a file that somebody else fetched.
 * @param {string} file
 * @param {{ sha256: string, sizeBytes?: number }} pin
 * @throws WayFailed when it isn't what is pinned
 */
export async function checkDigest(file, pin) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  checkFile(file, { bytes: (await stat(file)).size, digest: hash.digest('hex') }, pin);
}

/**
 * @param {string} where
 * @param {{ bytes: number, digest: string }} got
 * @param {{ sha256: string, sizeBytes?: number | undefined }} pin
 */
function checkFile(where, { bytes, digest }, { sha256, sizeBytes }) {
  if (sizeBytes !== undefined && bytes !== sizeBytes) {
    throw new WayFailed(`${where}: expected ${sizeBytes} bytes, got ${bytes}`);
  }
  if (digest !== sha256) throw new WayFailed(`${where}: expected sha256 ${sha256}, got ${digest}`);
}
