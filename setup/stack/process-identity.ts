// Who a process is, beyond its number. Numbers are used again: without start time and boot, a clean-up after a crash
// could kill a stranger that was given the number meanwhile.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

export const processIdentitySchema = z.object({
  pid: z.int().positive(),
  /** The operating system's word for when the process started; only compared, never read as a time. */
  osStartTime: z.string().min(1),
  bootId: z.string().min(1),
});
export type ProcessIdentity = z.output<typeof processIdentitySchema>;

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';
const hasProc = existsSync(BOOT_ID_FILE);

let knownBootId: string | undefined;

/** Names this boot of this machine. */
export function bootId(): string {
  knownBootId ??= (
    hasProc ? readFileSync(BOOT_ID_FILE, 'utf8') : execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' })
  ).trim();
  return knownBootId;
}

/** When the process started; undefined when there is none or only its exit status waits to be read (a zombie). */
export function osStartTime(pid: number): string | undefined {
  return hasProc ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

/** The identity of a running process; undefined when it is gone. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = osStartTime(pid);
  return started === undefined ? undefined : { pid, osStartTime: started, bootId: bootId() };
}

/** True while exactly this process runs; a later owner of its number doesn't count. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && osStartTime(identity.pid) === identity.osStartTime;
}

function startTimeFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets and may itself hold blanks and brackets: count after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === 'Z' || state === 'X' ? undefined : fields[19]; // field 22 of proc(5): clock ticks since boot
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = '', ...started] = line.split(/\s+/);
    return line === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined; // ps exits with 1 where there is no such process
  }
}
