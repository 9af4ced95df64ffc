// Whether a process itself listens on a port. An answer at the port says less: it may come from another program that took
// the port between its choice and the start of ours.

import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const hasProc = process.platform === 'linux';

/**
 * True when the process holds a listening TCP socket with this port, whatever the address.
 * @returns undefined where the operating system doesn't tell: no /proc or no right to look at the process, no lsof
 */
export function listensOn(pid: number, port: number): Promise<boolean | undefined> {
  return hasProc ? askProc(pid, port) : askLsof(pid, port);
}

/** State `LISTEN` in /proc/net/tcp, see proc_net_tcp of the kernel's documentation. */
const LISTEN = '0A';

async function askProc(pid: number, port: number): Promise<boolean | undefined> {
  const tables = ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'latin1').catch(() => ''));
  const sockets = new Set((await Promise.all(tables)).flatMap((table) => listeners(table, port)));
  if (sockets.size === 0) return false;
  const folder = `/proc/${pid}/fd`;
  const files = await readdir(folder).catch(() => undefined);
  if (files === undefined) return undefined;
  const targets = await Promise.all(files.map((file) => readlink(`${folder}/${file}`).catch(() => '')));
  return targets.some((target) => sockets.has(target));
}

/** The listening sockets of a table, named as the links of a process's open files name them. */
function listeners(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.endsWith(suffix))
    .map((fields) => `socket:[${fields[9]}]`);
}

async function askLsof(pid: number, port: number): Promise<boolean | undefined> {
  try {
    const flags = ['-nP', '-a', '-p', String(pid), `-iTCP:${port}`, '-sTCP:LISTEN', '-t'];
    return (await promisify(execFile)('lsof', flags)).stdout.trim() === String(pid);
  } catch (error) {
    return (error as { code?: unknown }).code === 1 ? false : undefined; // it found none, or is not there
  }
}
