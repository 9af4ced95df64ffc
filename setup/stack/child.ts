// One operating-system process of a part: started, listened to, ended. It knows nothing of restarts.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../config/home.ts';
import { SpawnFailed } from './errors.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';

export interface ChildCommand {
  command: string;
  args: readonly string[];
  /** All of it: nothing is inherited. */
  env: Environment;
  cwd?: string | undefined;
  /** Opens a channel for messages; the child sees `disconnect` when this process ends, however it ends. */
  ipc?: boolean;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  pid: number;
  /** Undefined when it was gone before anybody could look. */
  identity: ProcessIdentity | undefined;
  /** Settles after the last output was read. */
  exited: Promise<ChildExit>;
  /** Aborted when the process has ended. */
  ended: AbortSignal;
  onMessage(listener: (message: unknown) => void): void;
  /** SIGTERM, and SIGKILL for it and its own children after the grace. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL for it and its own children, at once. */
  kill(): void;
}

/** How long output may still come from grandchildren that hold the pipe, after the process itself has ended. */
const LAST_OUTPUT_MS = 200;

/** @throws SpawnFailed */
export async function spawnChild(
  part: string,
  { command, args, env, cwd, ipc = false }: ChildCommand,
  onOutput: (chunk: Buffer) => void,
): Promise<Child> {
  const child = spawn(command, args, {
    env,
    cwd,
    // A session of its own: a Ctrl-C in the terminal must reach the supervisor only, or all parts stop at once and out of order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
  });
  const { pid } = child;
  if (pid === undefined) {
    const [cause] = (await once(child, 'error')) as [Error];
    throw new SpawnFailed(part, command, { cause });
  }
  child.on('error', () => undefined); // a failing send or kill is no reason to end the supervisor; the exit tells enough
  child.stdout?.on('data', onOutput);
  child.stderr?.on('data', onOutput);

  const ended = new AbortController();
  const exited = exitOf(child).then((exit) => {
    ended.abort(new Error(`${part} ${describeExit(exit)}`));
    return exit;
  });
  const kill = (): void => {
    if (!ended.signal.aborted) killGroup(pid);
  };
  return {
    pid,
    identity: identify(pid),
    exited,
    ended: ended.signal,
    onMessage: (listener) => void child.on('message', listener),
    kill,
    async stop(graceMs) {
      if (ended.signal.aborted) return;
      child.kill('SIGTERM');
      const grace = new AbortController();
      await Promise.race([exited, delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)]);
      grace.abort();
      kill();
      await exited;
    },
  };
}

/** "ended with exit code 1", "was ended by SIGKILL". */
export function describeExit({ code, signal }: ChildExit): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/** Ends a process that leads a group, with the whole group; one that leads none, alone. */
export function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // ESRCH: gone already
    }
  }
}

async function exitOf(child: ChildProcess): Promise<ChildExit> {
  const closed = once(child, 'close');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  await Promise.race([closed, delay(LAST_OUTPUT_MS, undefined, { ref: false })]);
  return { code, signal };
}
