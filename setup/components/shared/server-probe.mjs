// Does this server really start here? Asked by starting it, on loopback, in a folder of its own.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WayFailed } from './errors.mjs';
import { endGroup, lastLines } from './programs.mjs';

const ASK_AGAIN_MS = 50;
/** A dev server is up in one to three seconds; the rest is for a machine that compiles something else meanwhile. */
const READY_MS = 60_000;

/** @typedef {{ scratch: string, port: number, secondPort: number }} Place an empty folder and two free ports */

/**
 * @param {{
 *   command: string,
 *   args: (place: Place) => string[],
 *   ready: (place: Place) => Promise<boolean>,
 *   environment: Record<string, string | undefined>, signal?: AbortSignal | undefined,
 * }} server `ready` may throw as long as it isn't
 * @throws WayFailed when it ends or isn't ready within a minute
 */
export async function probeServer({ command, args, ready, environment, signal }) {
  const scratch = await mkdtemp(join(tmpdir(), 'digitflow-probe-'));
  const [port, secondPort] = /** @type {[number, number]} */ (await freePorts(2));
  const place = { scratch, port, secondPort };
  const child = spawn(command, args(place), {
    cwd: scratch,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let failure = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output = (output + chunk).slice(-16_384)));
  child.once('error', ({ message }) => (failure = `can't be started: ${message}`));
  child.once('exit', (code, killedBy) => (failure ||= `ended with ${killedBy ?? `status ${code}`} instead of serving`));
  const deadline = Date.now() + READY_MS;
  try {
    while (!(await ready(place).catch(() => false))) {
      signal?.throwIfAborted();
      if (Date.now() > deadline) failure ||= `wasn't ready within ${READY_MS / 1000} s`;
      if (failure !== '') throw new WayFailed([`${command} ${failure}`, lastLines(output)].filter(Boolean).join('\n'));
      await delay(ASK_AGAIN_MS);
    }
  } finally {
    await endGroup(child);
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @param {number} count */
async function freePorts(count) {
  // All held before one is let go, so that no two are the same.
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise(
        (resolve, reject) => void server.once('error', reject).listen(0, '127.0.0.1', () => resolve(undefined)),
      );
      return server;
    }),
  );
  const ports = servers.map((server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => void server.close(resolve))));
  return ports;
}
