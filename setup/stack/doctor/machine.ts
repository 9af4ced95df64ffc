// Checks of the machine: Node, disk, executables, ports.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import getPort, { clearLockedPorts } from 'get-port';
import prettyBytes from 'pretty-bytes';
import type { Check } from '../doctor.ts';
import { DEFAULT_PORTS, LOOPBACK, type PortName, readRememberedPorts } from '../ports.ts';
import type { Components } from '../servers.ts';

const OLDEST_NODE = [20, 19] as const;

/** The built-in dataset, its pool, checkpoints and two models take some 2 GB. */
const ENOUGH_BYTES = 5e9;
const TOO_FEW_BYTES = 1e9;

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  if (isEnough) return { name: 'node', state: 'ok', detail: `Node ${version}` };
  const expected = OLDEST_NODE.join('.');
  return {
    name: 'node',
    state: 'failed',
    detail: `expected Node ≥ ${expected}, got ${version}`,
    fix: 'install Node 22',
  };
}

export async function checkDisk(home: string): Promise<Check[]> {
  const { bavail, bsize } = await statfs(nearestFolder(home));
  const freeBytes = bavail * bsize;
  const detail = `${prettyBytes(freeBytes)} free for ${home}`;
  if (freeBytes >= ENOUGH_BYTES) return [{ name: 'disk', state: 'ok', detail }];
  const state = freeBytes < TOO_FEW_BYTES ? 'failed' : 'warning';
  return [
    { name: 'disk', state, detail, fix: `free ${prettyBytes(ENOUGH_BYTES)}, or set DIGITFLOW_HOME to another disk` },
  ];
}

export function checkComponents(components: Components): Promise<Check[]> {
  const checks = Object.entries(components).map(async ([component, found]): Promise<Check> => {
    const name = `component ${component}`;
    if (found === undefined) return { name, state: 'warning', detail: 'not prepared yet', fix: 'npm start' };
    try {
      const { stdout } = await promisify(execFile)(found.executable, ['--version'], { timeout: 15_000 });
      return { name, state: 'ok', detail: `${stdout.split('\n')[0]} (${found.executable})` };
    } catch (error) {
      return { name, state: 'failed', detail: `${found.executable}: ${(error as Error).message}`, fix: 'npm start' };
    }
  });
  return Promise.all(checks);
}

/** A taken port is a remark, not a fault: the next start takes the next free one. */
export async function checkPorts(file: string): Promise<Check[]> {
  const remembered = readRememberedPorts(file);
  const checks: Check[] = [];
  for (const name of Object.keys(DEFAULT_PORTS) as PortName[]) {
    const port = remembered[name] ?? DEFAULT_PORTS[name];
    clearLockedPorts();
    const isFree = (await getPort({ port, host: LOOPBACK })) === port;
    checks.push(
      isFree
        ? { name: `port ${name}`, state: 'ok', detail: `${port} is free` }
        : { name: `port ${name}`, state: 'warning', detail: `${port} is taken; the next start will use another` },
    );
  }
  clearLockedPorts();
  return checks;
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}
