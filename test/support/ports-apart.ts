// Ports that belong to one test process, below those that the system gives to whoever connects: between choosing a port and
// listening at it, or while a server that a test killed is away, nobody else takes it.

import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureFolder, writeWhole } from '../../setup/stack/files.ts';
import { tryLock } from '../../setup/stack/process-lock.ts';
import { stackPaths } from '../../setup/stack/stack-paths.ts';

const FIRST = 20_000;
/** Linux gives from 32,768 on. */
const PROCESSES = 50;
const PORTS_A_PROCESS = 250;
const PORTS_A_STACK = 20;
const STACKS_A_PROCESS = 5;

let ownFirst: number | undefined;
let stacks = 0;
let singles = 0;

/** The first of the ports of this process, which are its own until it ends. */
function firstOfProcess(): number {
  if (ownFirst !== undefined) return ownFirst;
  const folder = ensureFolder(path.join(tmpdir(), `digitflow-test-ports-${process.getuid?.() ?? 0}`));
  for (let turn = 0; turn < PROCESSES; turn++) {
    const place = (process.pid + turn) % PROCESSES;
    const lock = tryLock(path.join(folder, `${place}.json`));
    // Test files that share a process come one after the other.
    if (lock.outcome === 'busy' && lock.holder.pid !== process.pid) continue;
    return (ownFirst = FIRST + PORTS_A_PROCESS * place);
  }
  throw new Error(`expected a block of ports for this process, got all ${PROCESSES} taken`);
}

/**
 * Writes down the ports that a home's stack will want. Without it a stack that starts while a killed server of this one is
 * away would take its port, and this one could not come back.
 */
export function keepPortsApart(home: string): void {
  const first = firstOfProcess() + PORTS_A_STACK * (stacks++ % STACKS_A_PROCESS);
  const ports = { temporal: first, temporalUi: first + 5, store: first + 10, inference: first + 15 };
  writeWhole(stackPaths(home).ports, JSON.stringify(ports));
}

/** A port of 127.0.0.1 at which nobody listens, and which is given to nobody else for long. */
export async function freePort(): Promise<number> {
  const reserved = PORTS_A_STACK * STACKS_A_PROCESS;
  for (let turn = 0; turn < PORTS_A_PROCESS; turn++) {
    const port = firstOfProcess() + reserved + (singles++ % (PORTS_A_PROCESS - reserved));
    if (await isFree(port)) return port;
  }
  throw new Error('expected a free port, got none');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => void server.close(() => resolve(true)));
  });
}
