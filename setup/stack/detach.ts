// Starting a supervisor that outlives this process: `digitflow up`.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../config/home.ts';
import { type AttachedStack, waitForStack } from './attach.ts';
import { describeExit } from './child.ts';
import { DetachedStartFailed } from './errors.ts';
import type { Report } from './events.ts';
import { ensureFolder } from './files.ts';
import { lastLinesOf } from './log-file.ts';
import { livingHolder } from './process-lock.ts';
import { stackPaths } from './stack-paths.ts';
import { waitUntil } from './wait-until.ts';

export interface DetachOptions {
  home: string;
  /** A program that calls `startStack` for this home and stays until `stopped`. */
  command: string;
  args: readonly string[];
  cwd?: string;
  /** @default process.env */
  environment?: Environment;
  report?: Report;
}

/** From the start of the program to its lock on the home: loading Node, and components that may have to be built. */
const LOCK_TIMEOUT_MS = 15 * 60_000;

/**
 * Starts the program in a session of its own and resolves when its stack, or one that ran already, is ready.
 * @throws DetachedStartFailed with its last lines when it ends before; NotReady
 */
export async function startDetached(options: DetachOptions): Promise<AttachedStack> {
  const { home, command, args, cwd, environment = process.env, report = () => undefined } = options;
  const paths = stackPaths(ensureFolder(home));
  const running = livingHolder(paths.lock);
  const attached = running && (await waitForStack(running, { paths, environment, report }));
  if (attached !== undefined) return attached;

  const logPath = join(ensureFolder(paths.logs), 'detached.log');
  const log = openSync(logPath, 'w', 0o600);
  const child = spawn(command, args, {
    cwd,
    env: { ...environment, DIGITFLOW_HOME: home },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ended: string | undefined;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended = describeExit({ code, signal })));
  try {
    for (;;) {
      const holder = await waitUntil(() => livingHolder(paths.lock) ?? (ended === undefined ? undefined : 'ended'), {
        what: `a supervisor for ${home}`,
        timeoutMs: LOCK_TIMEOUT_MS,
      });
      if (holder === 'ended')
        throw new DetachedStartFailed({ ended: ended!, logPath, lastLines: lastLinesOf(logPath) });
      const stack = await waitForStack(holder, { paths, environment, report });
      if (stack !== undefined) return stack;
    }
  } finally {
    child.removeAllListeners();
    child.unref();
  }
}
