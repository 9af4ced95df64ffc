// A real versitygw, an S3 server of another maker, in a temporary folder.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CertificateFiles } from './authority.ts';
import { findExecutable } from './executable.ts';
import { freePort } from './ports-apart.ts';
import { type MinioAddress, statusOf } from './start-minio.ts';
import { PATIENCE_MS, until } from './until.ts';

export interface VersitygwOptions {
  /** Serves https with them. */
  tls?: CertificateFiles & { authority: string };
  /** Takes `bucket.domain` for the bucket. */
  domain?: string;
}

/**
 * Objects are files with extended attributes: with those in a folder beside them (`--sidecar`) this server lost one of
 * eight writers' compare-and-swaps.
 * @throws ExecutableMissing
 */
export async function startVersitygw({ tls, domain }: VersitygwOptions = {}): Promise<
  MinioAddress & { stop(): Promise<void> }
> {
  const executable = findExecutable('versitygw', 'DIGITFLOW_VERSITYGW');
  const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-versitygw-'));
  const objects = path.join(folder, 'objects');
  await mkdir(objects);
  const port = await freePort();
  const accessKey = `test-${randomBytes(6).toString('hex')}`;
  const secretKey = randomBytes(16).toString('hex');
  const args = ['--port', `127.0.0.1:${port}`, '--health', '/health', '--keep-alive', '--quiet'];
  if (tls !== undefined) args.push('--cert', tls.certificate, '--key', tls.key);
  if (domain !== undefined) args.push('--virtual-domain', domain);
  const server = spawn(executable, [...args, 'posix', objects], {
    env: { ...process.env, ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += String(text)));
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    const killer = setTimeout(() => server.kill('SIGKILL'), PATIENCE_MS);
    await exited;
    clearTimeout(killer);
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const ca = tls && (await readFile(tls.authority));
  const isUp = async (): Promise<boolean> =>
    server.exitCode !== null || (await statusOf(`${endpoint}/health`, ca)) === 200;
  try {
    await until(isUp);
    if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}`);
  } catch (error) {
    await stop();
    throw new Error(`versitygw did not become ready at ${endpoint}:\n${output}`, { cause: error });
  }
  return { endpoint, accessKey, secretKey, stop };
}
