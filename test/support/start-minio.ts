// A real MinIO of a test's own, in a temporary folder.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findExecutable } from './executable.ts';
import { freePort } from './free-port.ts';

export interface MinioAddress {
  endpoint: string;
  accessKey: string;
  secretKey: string;
}

export interface MinioServer extends MinioAddress {
  process: ChildProcess;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 30_000;

/**
 * Starts a server of one's own, for tests that stop or break it.
 * @param where holds its data folder
 * @throws ExecutableMissing
 */
export async function startMinio(where = tmpdir()): Promise<MinioServer> {
  const executable = findExecutable('minio', 'DIGITFLOW_MINIO');
  const folder = await mkdtemp(path.join(where, 'digitflow-minio-'));
  const port = await freePort();
  const accessKey = `test-${randomBytes(6).toString('hex')}`;
  const secretKey = randomBytes(16).toString('hex');
  const server = spawn(executable, ['server', folder, '--address', `127.0.0.1:${port}`, '--quiet'], {
    env: { ...process.env, MINIO_ROOT_USER: accessKey, MINIO_ROOT_PASSWORD: secretKey, MINIO_BROWSER: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += String(text)));
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));

  const endpoint = `http://127.0.0.1:${port}`;
  const giveUpAt = performance.now() + START_LIMIT_MS;
  while (!(await isReady(endpoint))) {
    if (server.exitCode !== null || performance.now() > giveUpAt) {
      server.kill('SIGKILL');
      throw new Error(`MinIO did not become ready at ${endpoint}:\n${output}`);
    }
    await delay(50);
  }
  return {
    endpoint,
    accessKey,
    secretKey,
    process: server,
    async stop() {
      server.kill('SIGTERM');
      const killer = setTimeout(() => server.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(killer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isReady(endpoint: string): Promise<boolean> {
  try {
    const isUp = (await fetch(`${endpoint}/minio/health/ready`)).ok;
    // It says so some moments before it takes requests; a stranger's is then refused with 403, not with 503.
    return isUp && (await fetch(endpoint)).status < 500;
  } catch {
    return false;
  }
}
