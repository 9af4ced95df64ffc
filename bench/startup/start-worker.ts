// A worker's process from its start until it is ready, or until it has answered.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MEMORY_GIVEN_BACK } from '../../cli/stack/memory-given-back.ts';
import { checkoutFolder } from '../../config/home.ts';
import { firstAnswer } from './answer.ts';

export interface Start {
  ms: number;
  /** User and system time until then; undefined but on Linux. */
  cpuMs: number | undefined;
}

export interface WorkerStart {
  ready: Start;
  answered?: Start;
}

export interface WorkerStartOptions {
  worker: 'pipeline' | 'inference';
  environment: NodeJS.ProcessEnv;
  /** Runs the sources, as tsx compiles them, instead of the bundle. @default false */
  fromSources?: boolean;
  /** Goes on to the first answer. @default false */
  answers?: boolean;
}

/** A tick of the kernel's process accounting. */
const TICK_MS = 10;

export async function startWorker(options: WorkerStartOptions): Promise<WorkerStart> {
  const { worker, environment, fromSources = false, answers = false } = options;
  const began = performance.now();
  const child = fork(path.join(checkoutFolder, 'workers', `${worker}.${fromSources ? 'ts' : 'mjs'}`), {
    cwd: checkoutFolder,
    execArgv: fromSources ? ['--import', 'tsx'] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...environment, ...MEMORY_GIVEN_BACK },
  });
  const now = async (): Promise<Start> => ({
    ms: Math.round(performance.now() - began),
    cpuMs: await cpuMsOf(child),
  });
  try {
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the ${worker} worker ended`)));
    ended.catch(() => undefined);
    const [{ endpoints }] = (await Promise.race([once(child, 'message'), ended])) as [Ready];
    const ready = await now();
    if (!answers) return { ready };
    await firstAnswer(endpoints!.inference!);
    return { ready, answered: await now() };
  } finally {
    if (child.exitCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
  }
}

interface Ready {
  endpoints?: { inference?: string };
}

async function cpuMsOf({ pid }: ChildProcess): Promise<number | undefined> {
  const fields = await statOf(String(pid));
  return fields && TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

/** Of all children of this process that have ended, with theirs; undefined but on Linux. */
export async function endedChildrenCpuMs(): Promise<number | undefined> {
  const fields = await statOf('self');
  return fields && TICK_MS * (Number(fields[13]) + Number(fields[14]));
}

/** The fields behind the program's name, see proc_pid_stat of the kernel's documentation. */
async function statOf(pid: string): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}
