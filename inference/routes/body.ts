// Request bodies: unpacked with a cap, read as JSON with a reason when they are none.

import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { HttpProblem, quoted } from './problem.ts';

const unpackers = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate) };

/**
 * Undoes Content-Encoding. A small body can unpack to gigabytes: it stops at the limit.
 * @throws HttpProblem too-large, unsupported, bad-request
 */
export async function unpack(body: Buffer, encoding: string | undefined, limitBytes: number): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  const unpacker = unpackers[name as keyof typeof unpackers] as (typeof unpackers)['gzip'] | undefined;
  if (unpacker === undefined)
    throw new HttpProblem('unsupported', `Content-Encoding: expected gzip, deflate or identity, got ${quoted(name)}`);
  try {
    return await unpacker(body, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new HttpProblem('too-large', `expected at most ${limitBytes} bytes after decompression, got more`);
    throw new HttpProblem('bad-request', `expected a body in ${name}, got something else`, { cause: error });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws HttpProblem bad-request when the bytes are no JSON text in UTF-8 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new HttpProblem('bad-request', 'expected JSON in UTF-8, got something else', { cause: error });
  }
}
