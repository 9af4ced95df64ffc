// What a killed supervisor left running. Workers end by themselves when its pipe closes; servers can't notice, so the
// next start ends them, each only while number, start time and boot are those that were written down.

import { killGroup } from './child.ts';
import type { Report } from './events.ts';
import { removeIfThere } from './files.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { readHolder } from './process-lock.ts';
import type { StackPaths } from './stack-paths.ts';
import { type PartView, readStackState } from './state-file.ts';
import { waitUntil } from './wait-until.ts';

export interface Leftover {
  part: string;
  pid: number;
}

/** From SIGTERM to SIGKILL, for servers that may be finishing a write. */
const GRACE_MS = 3_000;

/** Parts of an earlier supervisor that still run, in the order in which they are to be stopped. */
export function findLeftovers(paths: StackPaths): { part: string; process: ProcessIdentity }[] {
  const state = readStackState(paths.state);
  const running = (state?.parts ?? []).flatMap(({ name, process }) =>
    process !== undefined && isAlive(process) ? [{ part: name, process }] : [],
  );
  return running.sort((a, b) => stopRank(a.part) - stopRank(b.part));
}

/**
 * Ends them all. Only for who holds the lock, or nobody else could tell its own parts from leftovers.
 * Safe to repeat: what was written down is removed last.
 */
export async function cleanUpLeftovers(paths: StackPaths, report: Report): Promise<Leftover[]> {
  const ended: Leftover[] = [];
  for (const { part, process: identity } of findLeftovers(paths)) {
    await end(identity);
    ended.push({ part, pid: identity.pid });
    report({ kind: 'cleanedUp', part, pid: identity.pid });
  }
  removeIfThere(paths.endpoints);
  removeIfThere(paths.state);
  return ended;
}

/** True when the home tells of a supervisor that ended without stopping its parts. */
export function hasTraceOfKilledSupervisor(paths: StackPaths): boolean {
  const holder = readHolder(paths.lock);
  return (holder !== undefined && !isAlive(holder)) || readStackState(paths.state) !== undefined;
}

/** Inference first, then workers, then what they use. */
export function stopRank(part: PartView['name'], role?: string): number {
  if (part === 'store') return 3;
  if (part === 'temporal') return 2;
  return role === 'inference' ? 0 : 1;
}

async function end(identity: ProcessIdentity): Promise<void> {
  const gone = (timeoutMs: number) =>
    waitUntil(() => !isAlive(identity), { what: `process ${identity.pid} to end`, timeoutMs, intervalMs: 20 });
  try {
    process.kill(identity.pid, 'SIGTERM');
  } catch {
    // gone since it was looked at
  }
  await gone(GRACE_MS).catch(async () => {
    if (isAlive(identity)) killGroup(identity.pid);
    await gone(GRACE_MS);
  });
}
