// A home of a test's own, the options of a real stack in it, and ways to look at its processes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../../../setup/stack/process-identity.ts';
import { stackPaths } from '../../../../setup/stack/stack-paths.ts';
import { type PartView, readStackState } from '../../../../setup/stack/state-file.ts';
import { waitUntil } from '../../../../setup/stack/wait-until.ts';
import { type StackEvent, startStack, type StartOptions, stopStack, type WorkerSpec } from '../../../../setup/stack.ts';
import { SEARCH_ATTRIBUTES } from '../../../../workflows/contract.ts';
import { findExecutable } from '../../../support/executable.ts';
import { keepPortsApart } from '../../../support/ports-apart.ts';
import { PATIENCE_MS } from '../../../support/until.ts';

const program = {
  goodWorker: fileURLToPath(new URL('./good-worker.mjs', import.meta.url)),
  crashingWorker: fileURLToPath(new URL('./crashing-worker.mjs', import.meta.url)),
  failingWorker: fileURLToPath(new URL('./failing-worker.mjs', import.meta.url)),
  supervisor: fileURLToPath(new URL('./supervisor-process.ts', import.meta.url)),
};

export type Stack = Awaited<ReturnType<typeof startStack>>;

export interface StackFixture {
  home: string;
  events: StackEvent[];
  /** Starts a real stack in this process. */
  start(change?: Partial<StartOptions>): Promise<Stack>;
  /** Stops whatever runs in the home and removes it. */
  end(): Promise<void>;
}

export function stackFixture(): StackFixture {
  const home = mkdtempSync(join(tmpdir(), 'digitflow-stack-'));
  keepPortsApart(home);
  const events: StackEvent[] = [];
  const started: Stack[] = [];
  return {
    home,
    events,
    async start(change = {}) {
      const report = (event: StackEvent): void => void events.push(event);
      const stack = await startStack({ ...stackOptions(home), report, ...change });
      started.push(stack);
      return stack;
    },
    async end() {
      for (const stack of started) await stack.stop();
      await stopStack({ home });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A real stack without workers. */
export function stackOptions(home: string): StartOptions {
  return {
    home,
    components: {
      temporal: { executable: findExecutable('temporal', 'DIGITFLOW_TEMPORAL') },
      minio: { executable: findExecutable('minio', 'DIGITFLOW_MINIO') },
    },
    workers: [],
    searchAttributes: SEARCH_ATTRIBUTES,
    environment: plainEnvironment(),
    handleSignals: false, // vitest has handlers of its own
  };
}

export function goodWorker(name: string, environment: Record<string, string> = {}): WorkerSpec {
  return {
    name,
    command: process.execPath,
    args: [program.goodWorker],
    env: { WORKER_NAME: name, ...environment },
  };
}

export const failingWorker: WorkerSpec = {
  name: 'failing',
  command: process.execPath,
  args: [program.failingWorker],
};

export const crashingWorker: WorkerSpec = {
  name: 'crashing',
  command: process.execPath,
  args: [program.crashingWorker],
};

/** The program that supervises a stack in a process of its own, so that a test can kill it. */
export function supervisorCommand(home: string): { command: string; args: string[] } {
  return { command: process.execPath, args: ['--import', 'tsx', program.supervisor, home] };
}

/** The test's own environment, less what would lead a stack to servers of others. */
export function plainEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|S3_|AWS_|DIGITFLOW_HOME)/.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

export function partOf(home: string, name: string): PartView | undefined {
  return readStackState(stackPaths(home).state)?.parts.find((part) => part.name === name);
}

/** Parts with a process, which must be running. */
export function runningParts(home: string): (PartView & { process: NonNullable<PartView['process']> })[] {
  const parts = readStackState(stackPaths(home).state)?.parts ?? [];
  return parts.filter((part): part is PartView & { process: NonNullable<PartView['process']> } => {
    return part.process !== undefined && isAlive(part.process);
  });
}

export function eventually<Answer>(what: string, ask: () => Answer | undefined | false): Promise<Answer> {
  return waitUntil(ask, { what, timeoutMs: PATIENCE_MS, intervalMs: 20 });
}
