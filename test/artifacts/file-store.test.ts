import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { systemClock } from '../../artifacts/clock.ts';
import { InvalidKey } from '../../artifacts/errors.ts';
import { createFileStore } from '../../artifacts/file-store.ts';
import { describeStore } from '../contracts/store-contract.ts';

describeStore('file', {}, async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'digitflow-store-'));
  return {
    store: createFileStore({ root }),
    second: createFileStore({ root }),
    withoutBucket: () => createFileStore({ root: path.join(root, 'no such bucket') }),
    close: () => rm(root, { recursive: true }),
  };
});

it('loses no write of processes that are killed at any moment, and holds nobody up', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'digitflow-store-'));
  const store = createFileStore({ root });
  await store.put('log', Buffer.from('start'));
  const swapper = fileURLToPath(new URL('../support/swapper.ts', import.meta.url));
  const told: string[] = [];
  for (let round = 0; round < 3; round++) {
    const processes = ['a', 'b'].map((name) => {
      const child = spawn(process.execPath, ['--import', 'tsx', swapper, root, 'log', `${name}${round}`]);
      child.stdout.on('data', (text) => told.push(...String(text).split('\n').filter(Boolean)));
      return child;
    });
    const before = told.length;
    await vi.waitUntil(() => told.length > before + 10, { timeout: 120_000, interval: 5 });
    await Promise.all(
      processes.map((child) => {
        const exited = once(child, 'close');
        child.kill('SIGKILL');
        return exited;
      }),
    );
  }
  const marks = Buffer.from((await store.get('log'))!.bytes)
    .toString()
    .split(' ');
  expect(new Set(marks).size).toBe(marks.length);
  expect(marks).toEqual(expect.arrayContaining(told));
  const { etag } = (await store.head('log'))!;
  expect(await store.replaceIf('log', Buffer.from('after'), etag)).toMatchObject({ outcome: 'written' });
  await rm(root, { recursive: true });
});

it('sweeps old states, and the files of writers that died, after a while', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'digitflow-store-'));
  let nowMs = Date.now();
  const store = createFileStore({ root, clock: { ...systemClock, now: () => nowMs } });
  for (let count = 0; count < 10; count++) await store.put('log', Buffer.from(String(count)));
  await writeFile(path.join(root, 'log~', 'left-by-a-writer'), 'x');
  nowMs += 10 * 60_000;
  await store.put('log', Buffer.from('ten'));
  const names = await readdir(path.join(root, 'log~'));
  expect(names.filter((name) => /^\d+$/.test(name)).sort()).toEqual(['10', '11']);
  expect(names).toHaveLength(4);
  expect(Buffer.from((await store.get('log'))!.bytes).toString()).toBe('ten');
  await rm(root, { recursive: true });
});

it('keeps keys apart that differ in case, where file systems may not', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'digitflow-store-'));
  const store = createFileStore({ root });
  await store.put('runs/Ab', Buffer.from('one'));
  expect((await readdir(path.join(root, 'runs')))[0]).toBe('%41b~');
  await expect(store.put(`runs/${'é'.repeat(100)}`, Buffer.from('x'))).rejects.toThrow(InvalidKey);
  await rm(root, { recursive: true });
});
