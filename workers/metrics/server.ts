// The small server beside a pipeline worker: /metrics for Prometheus, /healthz and /readyz for whoever starts and stops it.
// It knows nothing of what it tells.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health.ts';

export interface MetricsServerOptions {
  host: string;
  port: number;
  health: () => Promise<Health>;
  /** Whether the worker polls. */
  isAlive: () => boolean;
  metrics: () => Promise<{ text: string; contentType: string }>;
}

export interface MetricsServer {
  url: string;
  close(): void;
}

/** @throws when the port can't be had */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, health, isAlive, metrics } = options;
  const routes: Record<string, (answer: ServerResponse) => Promise<void>> = {
    '/metrics': async (answer) => {
      const { text, contentType } = await metrics();
      send(answer, 200, contentType, text);
    },
    '/healthz': async (answer) => sendJson(answer, isAlive() ? 200 : 503, { status: isAlive() ? 'alive' : 'stopped' }),
    '/readyz': async (answer) => {
      const told = await health();
      sendJson(answer, told.status === 'ready' ? 200 : 503, told);
    },
  };
  const server = createServer((request, answer) => {
    const route = routes[(request.url ?? '').replace(/\?.*$/, '')];
    request.resume();
    if (route === undefined)
      return sendJson(answer, 404, { error: `expected one of ${Object.keys(routes).join(', ')}` });
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendJson(answer, 405, { error: 'expected GET' });
    route(answer).catch((error: unknown) => sendJson(answer, 500, { error: String(error) }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  server.unref(); // it keeps no worker alive
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function send(answer: ServerResponse, status: number, type: string, text: string): void {
  answer.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  answer.end(text);
}

const sendJson = (answer: ServerResponse, status: number, document: object): void =>
  send(answer, status, 'application/json', `${JSON.stringify(document)}\n`);
