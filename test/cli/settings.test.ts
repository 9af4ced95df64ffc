import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WrongUse } from '../../cli/errors.ts';
import { parseAssignment, readSettings } from '../../cli/settings.ts';
import { InvalidInput } from '../../config/resolve.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'digitflow-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('--set', () => {
  test.each([
    ['train.trainSteps=500', { train: { trainSteps: 500 } }],
    ['publish.model=letters', { publish: { model: 'letters' } }],
    ['evaluate.calibrate=false', { evaluate: { calibrate: false } }],
    ['augment.shares={"negatives":0.5}', { augment: { shares: { negatives: 0.5 } } }],
    ['ingest.source.path=a=b', { ingest: { source: { path: 'a=b' } } }],
    ['publish.model="7"', { publish: { model: '7' } }],
    ['publish.model=', { publish: { model: '' } }],
  ])('%s is read as JSON where it is JSON, else as text', (assignment, expected) => {
    expect(parseAssignment(assignment)).toEqual(expected);
  });

  test.each(['train', '=5', '.a=1', 'a..b=1', '__proto__.x=1', 'train.__proto__={}'])('%s is refused', (assignment) => {
    expect(() => parseAssignment(assignment)).toThrow(WrongUse);
  });
});

describe('settings', () => {
  test('the command line wins over the file, the file over the preset, later --set over earlier', () => {
    writeFileSync(
      join(folder, 'run.json'),
      JSON.stringify({ preset: 'reference', train: { trainSteps: 700, batchSize: 32 } }),
    );
    const { input, resolved } = readSettings(
      { config: 'run.json', preset: 'quick', set: ['train.trainSteps=5', 'train.trainSteps=6'] },
      folder,
    );
    expect(input).toEqual({ preset: 'quick', train: { trainSteps: 6, batchSize: 32 } });
    expect(resolved.train).toMatchObject({ trainSteps: 6, batchSize: 32, network: 'compact' });
    expect(resolved.ingest.source).toMatchObject({ typefaces: 20 });
  });

  test('a field of a source without its kind means the built-in one', () => {
    const { resolved } = readSettings({ set: ['ingest.source.typefaces=40'] }, folder);
    expect(resolved.ingest.source).toMatchObject({ kind: 'builtin', typefaces: 40, handwriting: 10_000 });
  });

  test('a dataset replaces whatever source the others name', () => {
    const source = { kind: 'archive' as const, path: 'digits.tgz' };
    const { resolved } = readSettings({ preset: 'quick', source }, folder);
    expect(resolved.ingest.source).toEqual(source);
  });

  test('every problem is listed at once', () => {
    const read = () => readSettings({ set: ['train.trainSteps=-1', 'train.netwrok=x', 'oops=1'] }, folder);
    expect(read).toThrow(InvalidInput);
    expect(read).toThrow(/trainSteps.*\n.*did you mean network|did you mean network.*\n.*/s);
  });

  test.each(['not json', '[1]', 'null'])('a file that holds %s is refused by name', (content) => {
    writeFileSync(join(folder, 'run.json'), content);
    expect(() => readSettings({ config: 'run.json' }, folder)).toThrow(/run\.json: expected/);
  });
});
