// vitest's global set-up: real servers, one of each for the whole run, each started only when a test first asks for it.
// So a run of pure unit tests starts none.

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { startMinio } from './start-minio.ts';
import { startTemporal } from './start-temporal.ts';

interface Server {
  stop(): Promise<void>;
}

const starters: Record<string, () => Promise<Server>> = { minio: () => startMinio(), temporal: startTemporal };

const started = new Map<string, Promise<Server>>();
let control: http.Server | undefined;

export async function setup(project: TestProject): Promise<void> {
  const server = http.createServer((request, response) => {
    const name = (request.url ?? '').slice(1);
    const start = starters[name];
    if (start === undefined) {
      response.writeHead(404).end(`no server called ${name}`);
      return;
    }
    const starting = started.get(name) ?? start();
    started.set(name, starting);
    starting.then(
      (running) => response.end(JSON.stringify(addressOf(running))),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  control = server;
  project.provide('sharedServers', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

export async function teardown(): Promise<void> {
  control?.closeAllConnections();
  control?.close();
  await Promise.all([...started.values()].map(async (server) => (await server.catch(() => undefined))?.stop()));
}

/** Only what is text can travel to the test's process. */
function addressOf(server: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(server).filter(([, value]) => typeof value === 'string'));
}
