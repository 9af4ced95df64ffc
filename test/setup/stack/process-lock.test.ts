import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DamagedHomeFile } from '../../../setup/stack/errors.ts';
import { createOnce, writeWhole } from '../../../setup/stack/files.ts';
import { identify } from '../../../setup/stack/process-identity.ts';
import { livingHolder, readHolder, tryLock } from '../../../setup/stack/process-lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'digitflow-lock-'));
  path = join(folder, 'lock.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const gone = { pid: 1, osStartTime: 'never', bootId: 'another boot' };

test('a lock is held by one, told to the next, and free after release', () => {
  const first = tryLock(path);
  if (first.outcome !== 'held') throw new Error('expected the first to hold the lock');
  expect(tryLock(path)).toEqual({ outcome: 'busy', holder: first.lock.holder });
  first.lock.release();
  expect(readHolder(path)).toBeUndefined();
  expect(tryLock(path).outcome).toBe('held');
});

test('a lock of a process that is gone, or whose number a stranger has now, is taken over', () => {
  for (const holder of [gone, { ...identify(process.pid)!, osStartTime: 'earlier' }]) {
    writeWhole(path, JSON.stringify({ ...holder, nonce: 'old' }));
    expect(livingHolder(path)).toBeUndefined();
    expect(tryLock(path).outcome).toBe('held');
    rmSync(path);
  }
  expect(readdirSync(folder)).toEqual([]);
});

test('a taker that died between claim and lock is taken over in turn', () => {
  writeWhole(path, JSON.stringify({ ...gone, nonce: 'first' }));
  createOnce(`${path}.claim-first`, JSON.stringify({ ...gone, nonce: 'second' }));
  expect(tryLock(path).outcome).toBe('held');
  expect(readdirSync(folder)).toEqual(['lock.json']);
});

test('a claim of a living process is respected', () => {
  writeWhole(path, JSON.stringify({ ...gone, nonce: 'first' }));
  const claimant = { ...identify(process.ppid)!, nonce: 'second' };
  createOnce(`${path}.claim-first`, JSON.stringify(claimant));
  expect(tryLock(path)).toEqual({ outcome: 'busy', holder: claimant });
});

test('a release long after the lock was lost leaves the new holder alone', () => {
  const first = tryLock(path);
  if (first.outcome !== 'held') throw new Error('expected the first to hold the lock');
  const other = { ...identify(process.ppid)!, nonce: 'other' };
  writeWhole(path, JSON.stringify(other));
  first.lock.release();
  expect(readHolder(path)).toEqual(other);
});

test('a damaged lock is told, not guessed about', () => {
  writeFileSync(path, '{ "pid": 1');
  expect(() => tryLock(path)).toThrow(DamagedHomeFile);
});

test('of many processes that find a dead holder at once, exactly one takes over, every time', async () => {
  const racer = fileURLToPath(new URL('./support/lock-racer.ts', import.meta.url));
  const racers = Array.from({ length: 4 }, () => fork(racer, [path], { execArgv: ['--import', 'tsx'] }));
  await Promise.all(racers.map((child) => once(child, 'message'))); // all are loaded
  for (let round = 0; round < 12; round++) {
    writeWhole(path, JSON.stringify({ ...gone, nonce: `round ${round}` }));
    const answers = racers.map((child) => once(child, 'message'));
    for (const child of racers) child.send('go');
    const outcomes = (await Promise.all(answers)).map(([outcome]) => outcome as string);
    expect(outcomes.filter((outcome) => outcome === 'held')).toHaveLength(1);
    const released = racers.map((child) => once(child, 'message'));
    for (const child of racers) child.send('release');
    await Promise.all(released);
  }
  for (const child of racers) child.disconnect();
  await Promise.all(racers.map((child) => once(child, 'exit')));
});
