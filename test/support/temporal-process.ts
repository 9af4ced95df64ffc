// Temporal's real development server as a process that a test kills and brings back, with its database in a file.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { cliTypeOf } from '../../setup/stack/temporal-client.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { findExecutable } from './executable.ts';
import { freePort } from './ports-apart.ts';
import type { TemporalAddress } from './start-temporal.ts';
import { until } from './until.ts';

export interface TemporalProcess extends TemporalAddress {
  /** SIGKILL: as a machine that is gone. */
  kill(): Promise<void>;
  /** At the same address, with what it knew. Resolves when it answers. */
  start(): Promise<void>;
  /** While it is killed: copies its database, to be put back later. */
  copyDatabase(): Promise<void>;
  /** While it is killed: its database is again what it was when it was copied. */
  restoreDatabase(): Promise<void>;
  /** Ends it and removes its database. */
  stop(): Promise<void>;
}

/** @throws ExecutableMissing */
export async function startTemporalProcess(): Promise<TemporalProcess> {
  const executable = findExecutable('temporal', 'DIGITFLOW_TEMPORAL');
  const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-temporal-'));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const attributes = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => `${name}=${cliTypeOf(type)}`);
  const database = path.join(folder, 'database');
  const copy = path.join(folder, 'copy');
  await mkdir(database);
  const flags = ['--ip', '127.0.0.1', '--port', String(port), '--db-filename', path.join(database, 'temporal.sqlite')];
  let server: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
    server = undefined;
  };
  const start = async (): Promise<void> => {
    const args = ['server', 'start-dev', '--headless', ...flags];
    server = spawn(executable, [...args, ...attributes.flatMap((one) => ['--search-attribute', one])], {
      stdio: 'ignore',
    });
    await until(() => answers(address));
  };
  await start();
  return {
    address,
    namespace: 'default',
    kill,
    start,
    copyDatabase: () => cp(database, copy, { recursive: true }), // SQLite keeps a journal beside its file
    async restoreDatabase() {
      await rm(database, { recursive: true });
      await cp(copy, database, { recursive: true });
    },
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @throws while it doesn't answer */
async function answers(address: string): Promise<true> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return true;
  } finally {
    await connection.close();
  }
}
