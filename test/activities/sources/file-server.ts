// A web server on loopback that gives files, understands ranges and conditions, and can be told to misbehave.

import { createHash } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FileServer {
  url: string;
  port: number;
  /** Path → content. */
  files: Map<string, Uint8Array>;
  /** Path → what is done instead. */
  special: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  /** `PATH RANGE`, of every request. */
  asked: string[];
  /** Cuts the wire after so many bytes of a body, once for each number. */
  cuts: number[];
  /** Waited for before the wire is cut: whoever reads loses what he has not taken yet. @default nothing */
  taken: (sizeBytes: number) => Promise<void>;
  /** Whether files have an ETag. @default true */
  etags: boolean;
  close(): Promise<void>;
}

export async function startFileServer(): Promise<FileServer> {
  const served: FileServer = {
    url: '',
    port: 0,
    files: new Map(),
    special: new Map(),
    asked: [],
    cuts: [],
    taken: () => Promise.resolve(),
    etags: true,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    served.asked.push(`${path} ${request.headers.range ?? 'all'}`);
    const special = served.special.get(path);
    if (special !== undefined) return special(request, response);
    const content = served.files.get(path);
    if (content === undefined) return void response.writeHead(404).end();
    give(served, content, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  served.port = (server.address() as AddressInfo).port;
  served.url = `http://127.0.0.1:${served.port}`;
  return served;
}

function give(served: FileServer, content: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
  const etag = `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`;
  if (served.etags) response.setHeader('etag', etag);
  if (served.etags && request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const resumes = asked !== undefined && request.headers['if-range'] === etag;
  const start = resumes ? Number(asked) : 0;
  if (resumes) response.setHeader('content-range', `bytes ${start}-${content.length - 1}/${content.length}`);
  response.setHeader('content-length', content.length - start);
  response.writeHead(resumes ? 206 : 200);
  const cut = served.cuts.shift();
  if (cut === undefined) return void response.end(content.subarray(start));
  response.write(content.subarray(start, start + cut), () => {
    void served.taken(start + cut).then(() => response.destroy());
  });
}
