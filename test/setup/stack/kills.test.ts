// Supervisors in processes of their own: killed, raced, detached, interrupted.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive } from '../../../setup/stack/process-identity.ts';
import { livingHolder } from '../../../setup/stack/process-lock.ts';
import { stackPaths } from '../../../setup/stack/stack-paths.ts';
import { DetachedStartFailed, stackStatus, startDetached, stopStack } from '../../../setup/stack.ts';
import {
  eventually,
  partOf,
  plainEnvironment,
  runningParts,
  type StackFixture,
  stackFixture,
  supervisorCommand,
} from './support/fixture.ts';

let fixture: StackFixture;
beforeEach(() => {
  fixture = stackFixture();
});
afterEach(() => fixture.end());

function spawnSupervisor(home: string): ChildProcess {
  const { command, args } = supervisorCommand(home);
  return spawn(command, args, { env: plainEnvironment(), stdio: 'ignore' });
}

async function supervisorWithReadyStack(home: string): Promise<ChildProcess> {
  const supervisor = spawnSupervisor(home);
  await eventually('the stack to be ready', () => existsSync(stackPaths(home).endpoints));
  return supervisor;
}

// Each test starts a stack or two with cold servers: seconds on a quiet machine, many times that on a busy one.
describe('a killed supervisor', () => {
  test('leaves servers that the next start ends, and workers that end by themselves', async () => {
    const { home, events } = fixture;
    const supervisor = await supervisorWithReadyStack(home);
    const left = runningParts(home).map(({ name, process }) => ({ name, process }));
    expect(left.map(({ name }) => name).sort()).toEqual(['store', 'temporal', 'worker']);
    supervisor.kill('SIGKILL');
    await once(supervisor, 'exit');
    await eventually('the worker to end', () => !isAlive(left.find(({ name }) => name === 'worker')!.process));
    expect(await stackStatus({ home })).toMatchObject({ state: 'killed', endpoints: undefined });

    const stack = await fixture.start();
    expect(left.filter(({ process }) => isAlive(process))).toEqual([]);
    expect(stack.role).toBe('owner');
    expect(partOf(home, 'store')?.state).toBe('ready');
    // A server that still writes to the closed pipe may have ended before; what was ended is told.
    const ended = events.flatMap((event) => (event.kind === 'cleanedUp' ? [event.pid] : []));
    expect(left.map(({ process }) => process.pid)).toEqual(expect.arrayContaining(ended));
  });

  test('is cleaned up after by down, too', async () => {
    const { home } = fixture;
    const supervisor = await supervisorWithReadyStack(home);
    const left = runningParts(home).map((part) => part.process);
    supervisor.kill('SIGKILL');
    await once(supervisor, 'exit');
    expect(await stopStack({ home })).toMatchObject({ outcome: 'cleanedUp' });
    expect(left.filter(isAlive)).toEqual([]);
    expect(await stackStatus({ home })).toMatchObject({ state: 'stopped' });
  });
});

describe('a supervisor', () => {
  test('that is interrupted while starting stops what it had started, and ends', async () => {
    const { home } = fixture;
    const supervisor = spawnSupervisor(home);
    const started = await eventually('the first process', () => {
      const parts = runningParts(home).map((part) => part.process);
      return parts.length > 0 && parts;
    });
    supervisor.kill('SIGINT');
    await once(supervisor, 'exit');
    expect(started.filter(isAlive)).toEqual([]);
    expect(runningParts(home)).toEqual([]);
    expect(livingHolder(stackPaths(home).lock)).toBeUndefined();
  });

  test('that is detached outlives its starter, is one where two are started at once, and ends by down', async () => {
    const { home } = fixture;
    const start = () => startDetached({ home, ...supervisorCommand(home), environment: plainEnvironment() });
    const [first, second] = await Promise.all([start(), start()]);
    expect(first.supervisorPid).toBe(second.supervisorPid);
    expect(first.endpoints).toEqual(second.endpoints);
    const processes = runningParts(home).map((part) => part.process);
    expect(processes).toHaveLength(3);
    expect(await stopStack({ home })).toEqual({ outcome: 'stopped', leftovers: [] });
    expect(processes.filter(isAlive)).toEqual([]);
  });

  test('that ends before its stack is ready is told with its last words', async () => {
    const { home } = fixture;
    const command = { command: process.execPath, args: ['-e', 'console.error("no luck"); process.exit(7)'] };
    const failure = startDetached({ home, ...command, environment: plainEnvironment() });
    await expect(failure).rejects.toThrow(DetachedStartFailed);
    await expect(failure).rejects.toThrow(/exit code 7[^]*no luck/);
  });
});
