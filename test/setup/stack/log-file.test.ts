import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastLinesOf, openLog } from '../../../setup/stack/log-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'digitflow-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a log never grows beyond its limit, and keeps one older file', () => {
  const log = openLog(join(folder, 'part.log'), { maxBytes: 100 });
  for (let line = 0; line < 30; line++) log.write(`line ${String(line).padStart(2, '0')}\n`);
  log.close();
  const [now, before] = ['part.log', 'part.log.1'].map((name) => readFileSync(join(folder, name), 'utf8'));
  expect(now!.length).toBeLessThanOrEqual(100);
  expect(before!.length).toBeLessThanOrEqual(100);
  expect(before! + now!).toMatch(/line 28\nline 29\n$/);
});

test('the tail holds the last whole lines, also of letters cut between two chunks', () => {
  const log = openLog(join(folder, 'part.log'));
  const bytes = Buffer.from('eins\nzwölf\ndrei');
  for (const byte of bytes) log.write(Uint8Array.of(byte));
  expect(log.tail()).toEqual(['eins', 'zwölf', 'drei']);
  for (let line = 0; line < 50; line++) log.write(`\n${line}`);
  expect(log.tail()).toHaveLength(20);
  expect(log.tail().at(-1)).toBe('49');
  log.close();
  log.write('after the end'); // a last word of a dying child must not throw
  expect(lastLinesOf(join(folder, 'part.log'), 2)).toEqual(['48', '49']);
});
