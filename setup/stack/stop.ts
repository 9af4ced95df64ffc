// Stopping the stack of a home from another process: `digitflow down`.

import type { Report } from './events.ts';
import { ensureFolder } from './files.ts';
import { cleanUpLeftovers, hasTraceOfKilledSupervisor, type Leftover } from './leftovers.ts';
import { isAlive } from './process-identity.ts';
import { livingHolder, type LockHolder, readHolder, tryLock } from './process-lock.ts';
import { stackPaths, type StackPaths } from './stack-paths.ts';
import { waitUntil } from './wait-until.ts';

export interface StopResult {
  /** `killed`: the supervisor did not stop in time; `cleanedUp`: it had been killed before. */
  outcome: 'stopped' | 'killed' | 'cleanedUp' | 'notRunning';
  leftovers: Leftover[];
}

/** A supervisor stops within 10 s; the rest is for a machine under load. */
const STOP_TIMEOUT_MS = 20_000;

/**
 * Stops the stack, whoever started it, and resolves when nothing of it runs. Safe to repeat.
 * @throws DamagedHomeFile
 */
export async function stopStack({
  home,
  report = () => undefined,
}: {
  home: string;
  report?: Report;
}): Promise<StopResult> {
  const paths = stackPaths(ensureFolder(home));
  const holder = livingHolder(paths.lock);
  if (holder !== undefined) {
    const isStopped = await askToStop(holder, paths);
    if (isStopped) return { outcome: 'stopped', leftovers: [] };
    kill(holder.pid, 'SIGKILL');
    await waitUntil(() => !isAlive(holder), { what: `supervisor ${holder.pid} to end`, timeoutMs: STOP_TIMEOUT_MS });
  }
  if (!hasTraceOfKilledSupervisor(paths)) return { outcome: 'notRunning', leftovers: [] };
  const outcome = tryLock(paths.lock);
  if (outcome.outcome === 'busy') return stopStack({ home, report }); // somebody started one meanwhile
  try {
    const leftovers = await cleanUpLeftovers(paths, report);
    return { outcome: holder === undefined ? 'cleanedUp' : 'killed', leftovers };
  } finally {
    outcome.lock.release();
  }
}

async function askToStop(holder: LockHolder, paths: StackPaths): Promise<boolean> {
  kill(holder.pid, 'SIGTERM');
  // The lock, not the process: a program may have more to do after its stack has stopped.
  const released = () => readHolder(paths.lock)?.nonce !== holder.nonce;
  const result = await waitUntil(() => (released() ? 'released' : !isAlive(holder) && 'ended'), {
    what: `supervisor ${holder.pid} to stop its stack`,
    timeoutMs: STOP_TIMEOUT_MS,
  }).catch(() => undefined);
  return result === 'released';
}

/** The process alone: its group may be the terminal's, with a person's other programs in it. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone since it was looked at
  }
}
