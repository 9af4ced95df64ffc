import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetStack, noteStack, portsOfNeighbours } from '../../../setup/stack/neighbours.ts';
import { ensureFolder } from '../../../setup/stack/files.ts';
import { openPorts } from '../../../setup/stack/ports.ts';
import { tryLock } from '../../../setup/stack/process-lock.ts';
import { stackPaths } from '../../../setup/stack/stack-paths.ts';

let folder: string;
let environment: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'digitflow-ports-'));
  environment = { DIGITFLOW_CACHE: join(folder, 'cache') };
});
afterEach(() => rmSync(folder, { recursive: true }));

const homeOf = (name: string) => stackPaths(ensureFolder(join(folder, name)));
const portsOf = (home: string) => openPorts(stackPaths(home).ports, () => portsOfNeighbours(environment, home));

test('a port of a stack that runs is left to it while its server is away, and free once the stack has stopped', async () => {
  const a = homeOf('a');
  const b = homeOf('b');
  const held = tryLock(a.lock);
  expect(held.outcome).toBe('held');
  noteStack(environment, a.home);
  const { port } = await portsOf(a.home).choose('temporal'); // nobody listens there
  expect((await portsOf(b.home).choose('temporal')).port).not.toBe(port);
  expect((await portsOf(a.home).choose('temporal')).port).toBe(port);

  if (held.outcome === 'held') held.lock.release();
  const c = homeOf('c');
  expect((await portsOf(c.home).choose('temporal')).port).toBe(port);
});

test('a stack that has ended, or whose home is gone, keeps nothing from others', () => {
  const a = homeOf('a');
  expect(portsOfNeighbours(environment, a.home)).toEqual([]);
  noteStack(environment, a.home);
  forgetStack(environment, a.home);
  noteStack(environment, join(folder, 'gone'));
  expect(portsOfNeighbours(environment, homeOf('b').home)).toEqual([]);
});
