import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkoutFolder } from '../../config/home.ts';
import { changedSources, SAVED_MEANWHILE, writeCodeNote } from '../../setup/code-note.ts';
import { sourcesOfProgram } from '../../workers/note-code.ts';
import { bestOf, millisecondsOf } from '../support/best-of.ts';

let root: string;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const note = (sources: Record<string, string>): string => writeCodeNote(join(root, 'notes'), { root, sources });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'digitflow-note-'));
  for (const name of ['a.ts', 'b.ts']) writeFileSync(join(root, name), name);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('names the sources that were changed or removed since, and none when all are as they were', async () => {
  const path = note({ 'a.ts': digest('a.ts'), 'b.ts': digest('b.ts') });
  expect(await changedSources(path)).toEqual([]);
  utimesSync(join(root, 'a.ts'), 1, 1);
  expect(await changedSources(path)).toEqual([]);
  writeFileSync(join(root, 'b.ts'), 'other');
  expect(await changedSources(path)).toEqual(['b.ts']);
  rmSync(join(root, 'a.ts'));
  expect(await changedSources(path)).toEqual(['a.ts', 'b.ts']);
  expect(note({ 'a.ts': digest('a.ts'), 'b.ts': digest('b.ts') })).toBe(path);
});

it('counts a source that was saved while the worker loaded as changed, and knows nothing without a note', async () => {
  expect(await changedSources(note({ 'a.ts': SAVED_MEANWHILE }))).toEqual(['a.ts']);
  expect(await changedSources(join(root, 'no-note.json'))).toBeUndefined();
  mkdirSync(join(root, 'notes'), { recursive: true });
  writeFileSync(join(root, 'notes', 'half.json'), '{"root":');
  expect(await changedSources(join(root, 'notes', 'half.json'))).toBeUndefined();
});

it('speaks for the pipeline worker, the code around its steps, the workflows and the packages', async () => {
  const sources = await sourcesOfProgram(checkoutFolder, 'pipeline');
  expect(Object.keys(sources)).toEqual(
    expect.arrayContaining([
      'workers/pipeline.ts',
      'activities/run-step.ts',
      'workflows/train-pipeline.ts',
      'package-lock.json',
    ]),
  );
  const path = writeCodeNote(join(root, 'notes'), { root: checkoutFolder, sources });
  const compared = async (): Promise<void> => expect(await changedSources(path)).toEqual([]);
  expect(await bestOf(300, () => millisecondsOf(compared))).toBeLessThan(300);
});
