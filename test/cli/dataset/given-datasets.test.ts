import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import { nameDataset } from '../../../artifacts/named-datasets.ts';
import { resolveRunConfiguration } from '../../../config/resolve.ts';
import { givenDatasets, givenSource, ingestOf } from '../../../cli/dataset/given-datasets.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'digitflow-given-'));
  mkdirSync(join(folder, 'My Digits'));
  writeFileSync(join(folder, 'typefaces.tar.gz'), 'x');
});
afterAll(() => rmSync(folder, { recursive: true }));

const store = createMemoryStore();
const openStore = () => Promise.resolve(store);
const words = (dataset: string[]) => givenDatasets({ dataset }, folder, openStore);

const sourceOf = async (dataset: string[], options: { labels?: string; weight?: number[] } = {}) =>
  givenSource(await givenDatasets({ dataset, ...options }, folder, openStore), ({ name }) => ({
    kind: 'archive',
    path: name,
  }));

describe('--dataset', () => {
  test.each([
    [[], undefined],
    [['builtin'], undefined], // a preset may want a part of it
    [['feedback'], { kind: 'feedback' }],
    [['s3://digits'], { kind: 's3', bucket: 'digits', prefix: '' }],
    [['s3://digits/a/b'], { kind: 's3', bucket: 'digits', prefix: 'a/b' }],
    [['https://example.org/a.zip'], { kind: 'url', url: 'https://example.org/a.zip' }],
    [['My Digits'], { kind: 'archive', path: 'My Digits.tar' }],
  ])('%j is one source', async (dataset, source) => {
    expect(await sourceOf(dataset)).toEqual(source);
  });

  test('given several times is a mixture, each with a name and a weight of its own', async () => {
    const specs = [
      'builtin',
      'My Digits',
      'typefaces.tar.gz',
      'https://example.org/x/My%20digits.zip?key=1',
      'My Digits',
    ];
    const source = await sourceOf(specs, { weight: [3, 1, 1, 1, 2] });
    expect(source).toMatchObject({
      kind: 'mixed',
      sources: [
        { name: 'builtin', weight: 3, source: { kind: 'builtin' } },
        { name: 'my-digits', weight: 1, source: { kind: 'archive' } },
        { name: 'own-typefaces', weight: 1 },
        { name: 'my-20digits', weight: 1, source: { kind: 'url' } },
        { name: 'my-digits-2', weight: 2 },
      ],
    });
  });

  test('is refused where labels or weights have nothing to belong to', async () => {
    await expect(sourceOf(['builtin'], { labels: 'a' })).rejects.toThrow(/--labels: expected one --dataset/);
    await expect(sourceOf(['builtin', 'feedback'], { weight: [1] })).rejects.toThrow(/got 1 for 2/);
    await expect(sourceOf(['builtin'], { weight: [1] })).rejects.toThrow(/one for each of several/);
  });
});

describe('--dataset with the name of an added dataset', () => {
  const parts = [{ key: 'blobs/sha256/ab/ab', sha256: 'ab'.repeat(32), sizeBytes: 3 }];
  const archive = { kind: 'archive' as const, parts, name: 'scans.tar' };
  const add = async (name: string, ingest: object): Promise<unknown> =>
    nameDataset(store, {
      schemaVersion: 1,
      kind: 'named-dataset',
      name,
      addedAt: '2026-11-26T08:00:00Z',
      author: 'Ada',
      ingest: resolveRunConfiguration({ ingest }).ingest,
      step: 'ingest',
      stepKey: 'c'.repeat(64),
      output: parts[0]!,
      summary: {},
      run: { workflowId: 'w', firstExecutionRunId: 'f' },
    });
  beforeAll(async () => {
    await add('meters', { source: archive, maxRejectedRatio: 0.2, seed: 7 });
    await add('both', {
      source: {
        kind: 'mixed',
        sources: [
          { name: 'a', source: archive },
          { name: 'b', source: archive },
        ],
      },
    });
    await add('few', { source: { kind: 'builtin', typefaces: 40 } });
    await add('here', { source: archive });
    mkdirSync(join(folder, 'here'));
  });

  test('is what was added, by the limits and the seed of then', async () => {
    expect(await sourceOf(['meters'])).toEqual(archive);
    expect(ingestOf(await words(['meters']))).toEqual({ maxRejectedRatio: 0.2, maxConflictRatio: 0.01, seed: 7 });
    expect(await sourceOf(['few'])).toMatchObject({ kind: 'builtin', typefaces: 40 });
    expect(await sourceOf(['dataset:both'])).toMatchObject({ kind: 'mixed' });
  });

  test('is a slice of its own beside others, unless it is a mixture itself', async () => {
    expect(await sourceOf(['builtin', 'meters'])).toMatchObject({ sources: [{}, { name: 'meters', source: archive }] });
    expect(ingestOf(await words(['builtin', 'meters']))).toBeUndefined();
    await expect(sourceOf(['builtin', 'both'])).rejects.toThrow(/both: expected a dataset of one source/);
  });

  test('is refused where a file has that name, too, and tells how to mean either', async () => {
    await expect(sourceOf(['here'])).rejects.toThrow(/say dataset:here or \.\/here/);
    expect(await sourceOf(['dataset:here'])).toEqual(archive);
    expect(await sourceOf(['./here'])).toEqual({ kind: 'archive', path: 'here.tar' });
  });

  test('that nobody gave is no dataset, with or without a store to ask', async () => {
    await expect(sourceOf(['dataset:nobody'])).rejects.toThrow(/no dataset has that name/);
    await expect(sourceOf(['nobody'])).rejects.toThrow(/got no such file/);
    const away = givenDatasets({ dataset: ['nobody'] }, folder, () => Promise.reject(new Error('no stack')));
    await expect(away).rejects.toThrow(/got no such file/);
  });
});
