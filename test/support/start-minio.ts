// A real MinIO of a test's own, in a temporary folder.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateFiles } from './authority.ts';
import { findExecutable } from './executable.ts';
import { freePort } from './ports-apart.ts';
import { PATIENCE_MS } from './until.ts';

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

export interface MinioOptions {
  /** Serves https with them. */
  tls?: CertificateFiles & { authority: string };
  /** Takes `bucket.domain` for the bucket. */
  domain?: string;
}

/**
 * Starts a server of one's own, for tests that stop or break it.
 * @param where holds its data folder
 * @throws ExecutableMissing
 */
export async function startMinio(where = tmpdir(), { tls, domain }: MinioOptions = {}): Promise<MinioServer> {
  const executable = findExecutable('minio', 'DIGITFLOW_MINIO');
  const folder = await mkdtemp(path.join(where, 'digitflow-minio-'));
  const port = await freePort();
  const accessKey = `test-${randomBytes(6).toString('hex')}`;
  const secretKey = randomBytes(16).toString('hex');
  const flags = ['--address', `127.0.0.1:${port}`, '--quiet'];
  if (tls !== undefined) flags.push('--certs-dir', await certificatesFolder(folder, tls));
  const data = path.join(folder, 'data');
  await mkdir(data);
  const server = spawn(executable, ['server', data, ...flags], {
    env: {
      ...process.env,
      MINIO_ROOT_USER: accessKey,
      MINIO_ROOT_PASSWORD: secretKey,
      MINIO_BROWSER: 'off',
      ...(domain !== undefined && { MINIO_DOMAIN: domain }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += String(text)));
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));

  const endpoint = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const authority = tls && (await readFile(tls.authority));
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!(await isReady(endpoint, authority))) {
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
      const killer = setTimeout(() => server.kill('SIGKILL'), PATIENCE_MS);
      await exited;
      clearTimeout(killer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isReady(endpoint: string, ca: Buffer | undefined): Promise<boolean> {
  try {
    const isUp = (await statusOf(`${endpoint}/minio/health/ready`, ca)) === 200;
    // It says so some moments before it takes requests; a stranger's is then refused with 403, not with 503.
    return isUp && (await statusOf(endpoint, ca)) < 500;
  } catch {
    return false;
  }
}

/** @throws while nobody answers */
export function statusOf(url: string, ca: Buffer | undefined): Promise<number> {
  if (ca === undefined) return fetch(url).then(({ status }) => status);
  return new Promise((resolve, reject) => {
    const request = https.get(url, { ca, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 500);
    });
    request.once('error', reject);
  });
}

/** The names that it looks for. */
async function certificatesFolder(folder: string, { certificate, key }: CertificateFiles): Promise<string> {
  const certificates = path.join(folder, 'certificates');
  await mkdir(certificates);
  await copyFile(certificate, path.join(certificates, 'public.crt'));
  await copyFile(key, path.join(certificates, 'private.key'));
  return certificates;
}
