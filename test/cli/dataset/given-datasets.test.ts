import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenDatasets, givenSource } from '../../../cli/dataset/given-datasets.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'digitflow-given-'));
  mkdirSync(join(folder, 'My Digits'));
  writeFileSync(join(folder, 'typefaces.tar.gz'), 'x');
});
afterAll(() => rmSync(folder, { recursive: true }));

const sourceOf = async (dataset: string[], options: { labels?: string; weight?: number[] } = {}) =>
  givenSource(await givenDatasets({ dataset, ...options }, folder), ({ name }) => ({ kind: 'archive', path: name }));

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
