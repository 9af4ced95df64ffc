// An S3 that takes conditions and ignores them, as some do: each PUT is written, whatever its headers ask.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForgetfulS3 {
  endpoint: string;
  close(): void;
}

/** @param options.busyFor so many first requests get a 503, as from a server that is still coming up */
export async function startForgetfulS3({ busyFor = 0 }: { busyFor?: number } = {}): Promise<ForgetfulS3> {
  let requests = 0;
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
    const isBucket = path.split('/').filter(Boolean).length < 2;
    void bodyOf(request).then((body) => {
      requests += 1;
      if (requests <= busyFor) return response.writeHead(503).end();
      if (request.method === 'PUT') objects.set(path, body);
      if (request.method === 'DELETE') objects.delete(path);
      const bytes = objects.get(path);
      if (!isBucket && bytes === undefined && request.method !== 'DELETE') return response.writeHead(404).end();
      const etag = `"${createHash('md5')
        .update(bytes ?? '')
        .digest('hex')}"`;
      response.writeHead(request.method === 'DELETE' ? 204 : 200, { etag, 'last-modified': new Date().toUTCString() });
      return response.end(request.method === 'GET' ? bytes : undefined);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
