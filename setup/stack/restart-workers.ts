// Restarting those workers of a stack that run older code than the checkout has: `digitflow retry` after a fix.

import { killGroup } from './child.ts';
import { NotReady, PartFailed } from './errors.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { livingHolder } from './process-lock.ts';
import { askForRestart } from './restart-request.ts';
import { stackPaths, type StackPaths } from './stack-paths.ts';
import { readStackState } from './state-file.ts';
import { type PartStatus, stackStatus } from './status.ts';
import { waitUntil } from './wait-until.ts';

export interface RestartedWorker {
  part: string;
  /** Sources that were changed since it had started. */
  changed: readonly string[];
  seconds: number;
}

export interface RestartOptions {
  home: string;
  /** Hears of each worker that is about to be restarted. @default nobody */
  onRestart?: (worker: PartStatus) => void;
}

/** Longer than a supervisor gives any worker: a trainer's last checkpoint included. */
const STOP_GRACE_MS = 6_000;
/** As long as a first start may take. */
const READY_TIMEOUT_MS = 120_000;

/**
 * Ends each worker that runs older code by SIGTERM and resolves when the ones with the code of now are ready. A step that
 * was going on is cancelled in order and goes on in the new worker, from its checkpoint. No crash is counted. Safe to
 * repeat; beside no running stack of this home nothing happens.
 * @throws NotReady, PartFailed when a worker doesn't start with the new code
 */
export async function restartOlderWorkers({
  home,
  onRestart = () => undefined,
}: RestartOptions): Promise<RestartedWorker[]> {
  const { state, parts } = await stackStatus({ home });
  if (state !== 'running') return [];
  const older = parts.filter((part) => part.runsOlderCode && part.isRunning);
  const paths = stackPaths(home);
  return Promise.all(
    older.map(async (part) => {
      onRestart(part);
      const startedMs = performance.now();
      await restart(paths, part.name, part.process!);
      return { part: part.name, changed: part.changedSources, seconds: (performance.now() - startedMs) / 1000 };
    }),
  );
}

async function restart(paths: StackPaths, part: string, old: ProcessIdentity): Promise<void> {
  askForRestart(paths, part, old);
  if (isAlive(old)) process.kill(old.pid, 'SIGTERM');
  const gone = (): boolean => !isAlive(old);
  await waitUntil(gone, { what: `${part} to end`, timeoutMs: STOP_GRACE_MS, intervalMs: 20 }).catch(
    (error: unknown) => {
      if (!(error instanceof NotReady)) throw error;
      killGroup(old.pid);
    },
  );
  const view = await waitUntil(
    () => {
      if (livingHolder(paths.lock) === undefined) return { state: 'stopped' as const };
      const now = readStackState(paths.state)?.parts.find(({ name }) => name === part);
      const isNew = now?.process !== undefined && now.process.pid !== old.pid;
      return now?.state === 'failed' || (isNew && now.state === 'ready') ? now : undefined;
    },
    { what: `${part} to be ready again`, timeoutMs: READY_TIMEOUT_MS },
  );
  if (view.state === 'ready') return;
  const details = view.state === 'failed' ? view : undefined;
  throw new PartFailed({
    part,
    reason: details?.reason ?? 'was not started again: the stack is stopping',
    lastLines: [],
    logPath: details?.logPath ?? paths.logs,
  });
}
