// The page's built files, read once: a worker serves a few hundred kilobytes, and no path of a request touches the disk.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from './http-errors.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.map': 'application/json',
};
/** In the order of preference. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;
/** The bundler's names carry a hash of the content: `main-3F2A9K1B.js`. */
const HASHED = /[-.][A-Za-z0-9_]{8,}\.[a-z0-9]+$/;

interface PageFile {
  type: string;
  etag: string;
  isImmutable: boolean;
  bytes: Buffer;
  encoded: Map<string, Buffer>;
}

/**
 * Serves `GET /` (the page for browsers, `{"status":"alive"}` for others) and the page's files.
 * @param folder of the built page, with `index.html` and optional `.br` and `.gz` beside each file; undefined without one
 */
export function addPage(app: FastifyInstance, folder: string | undefined): void {
  const files = folder === undefined ? new Map<string, PageFile>() : readPage(folder);
  const isPublic = { config: { isPublic: true } };
  app.get('/', isPublic, (request, reply) => {
    if (!wantsPage(request)) return reply.header('content-type', 'application/json').send(ALIVE);
    const index = files.get('index.html');
    return index === undefined
      ? sendError(reply, 404, 'this worker has no page; its protocols are at /v1, /v2 and /openapi.json')
      : sendFile(request, reply, index);
  });
  for (const [name, file] of files) app.get(`/${name}`, isPublic, (request, reply) => sendFile(request, reply, file));
}

const ALIVE = Buffer.from('{"status":"alive"}');

/** A browser says `text/html`; the KServe client, like most others, takes anything and reads JSON. */
const wantsPage = ({ headers }: FastifyRequest): boolean => (headers.accept ?? '').includes('text/html');

function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  void reply
    .header('etag', file.etag)
    .header('vary', 'Accept-Encoding')
    .header('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  const accepted = (request.headers['accept-encoding'] ?? '').split(',').map((one) => one.split(';')[0]!.trim());
  const encoding = ENCODINGS.find(({ name }) => accepted.includes(name) && file.encoded.has(name));
  void reply.header('content-type', file.type);
  if (encoding === undefined) return reply.send(file.bytes);
  return reply.header('content-encoding', encoding.name).send(file.encoded.get(encoding.name));
}

function readPage(folder: string): Map<string, PageFile> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
  const all = new Set(names);
  const isEncoded = (name: string): boolean =>
    ENCODINGS.some(({ suffix }) => name.endsWith(suffix) && all.has(name.slice(0, -suffix.length)));
  return new Map(names.filter((name) => !isEncoded(name)).map((name) => [name, readPageFile(folder, name, all)]));
}

function readPageFile(folder: string, name: string, all: ReadonlySet<string>): PageFile {
  const bytes = readFileSync(path.join(folder, name));
  const encoded = new Map<string, Buffer>();
  for (const { name: encoding, suffix } of ENCODINGS)
    if (all.has(name + suffix)) encoded.set(encoding, readFileSync(path.join(folder, name + suffix)));
  return {
    type: TYPES[path.extname(name)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isImmutable: HASHED.test(name) && !name.endsWith('.html'),
    bytes,
    encoded,
  };
}
