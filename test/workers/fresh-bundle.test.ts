import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkoutFolder } from '../../config/home.ts';
import { freshBundle, sha256, type BundleNote } from '../../workers/fresh-bundle.mjs';
import { inferenceBundle } from '../../workers/inference-bundle.ts';

let root: string;
let folder: string;
const noteFile = (): string => path.join(folder, 'program.json');
const check = (): Promise<string | undefined> => freshBundle(root, folder, noteFile());

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'digitflow-bundle-'));
  folder = path.join(root, 'bundles');
  await mkdir(path.join(root, 'bundles', 'one'), { recursive: true });
  await writeFile(path.join(root, 'source.ts'), 'source');
  await writeFile(path.join(folder, 'one', 'program.mjs'), 'program');
  const note: BundleNote = {
    entry: 'one/program.mjs',
    outputs: { 'one/program.mjs': sha256(Buffer.from('program')) },
    sources: { 'source.ts': sha256(Buffer.from('source')) },
  };
  await writeFile(noteFile(), JSON.stringify(note));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('a bundle', () => {
  it('is fresh while its sources and outputs are what they were', async () => {
    expect(await check()).toBe(path.join(folder, 'one', 'program.mjs'));
  });

  it('is never served once a source has changed', async () => {
    await writeFile(path.join(root, 'source.ts'), 'Source');
    expect(await check()).toBeUndefined();
  });

  it('is never served once a source is gone', async () => {
    await rm(path.join(root, 'source.ts'));
    expect(await check()).toBeUndefined();
  });

  it('is never served altered', async () => {
    await writeFile(path.join(folder, 'one', 'program.mjs'), 'programs');
    expect(await check()).toBeUndefined();
  });

  it('is not there before it was made, nor when its note is half a file', async () => {
    await writeFile(noteFile(), '{"entry":');
    expect(await check()).toBeUndefined();
    await rm(noteFile());
    expect(await check()).toBeUndefined();
  });
});

it('of the inference worker speaks for every module of it, and stands when asked for again', async () => {
  const entry = await inferenceBundle(checkoutFolder);
  const cache = path.dirname(path.dirname(entry));
  const { sources } = JSON.parse(await readFile(path.join(cache, 'inference.json'), 'utf8')) as BundleNote;
  expect(Object.keys(sources)).toEqual(
    expect.arrayContaining([
      'workers/inference.ts',
      'workers/session-workers.ts',
      'inference/server.ts',
      'artifacts/minio-store.ts',
      'package-lock.json',
    ]),
  );
  expect(Object.keys(sources).filter((source) => source.includes('node_modules'))).toEqual([]);
  expect(await inferenceBundle(checkoutFolder)).toBe(entry);
});
