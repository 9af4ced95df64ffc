// Fetches with a bound: a server that sends more than it said is not read to its end.

import { LocalFailure } from './errors.ts';

/** A file of 140 kB on a slow line; whoever is slower reads by the server better. */
const TIMEOUT_MS = 60_000;

export interface FetchBytesOptions {
  url: string;
  maxBytes: number;
  headers?: Record<string, string> | undefined;
  /** 'no-cache' asks the server whether it is still true. @default 'default' */
  cache?: RequestCache;
  timeoutMs?: number;
  /** Called with the bytes of each piece. */
  onBytes?: (count: number) => void;
}

/** Thrown when there was no answer at all, or the server itself is in trouble. */
export class ServerAway extends LocalFailure {
  override readonly name = 'ServerAway';
}

/** @throws ServerAway, LocalFailure */
export async function fetchBytes({
  url,
  maxBytes,
  headers = {},
  cache = 'default',
  timeoutMs = TIMEOUT_MS,
  onBytes,
}: FetchBytesOptions): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, { headers, cache, signal: AbortSignal.timeout(timeoutMs) }).catch(away);
  if (response.status >= 500 || response.status === 429) throw new ServerAway(`The server answers ${response.status}.`);
  if (response.status === 401 || response.status === 403)
    throw new LocalFailure('The server wants a token before it hands out its model.');
  if (!response.ok || response.body === null)
    throw new LocalFailure(`The server answers ${response.status} instead of the model's files.`);
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(away);
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new LocalFailure(`The server sends more than ${maxBytes} bytes for ${url}: it was refused.`);
    }
    parts.push(value);
    onBytes?.(value.length);
  }
  return joined(parts, length);
}

function away(cause: unknown): never {
  throw new ServerAway('The server does not answer.', { cause });
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
