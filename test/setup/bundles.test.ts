import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { checkoutFolder } from '../../config/home.ts';
import { freshBundle, sha256, type BundleNote } from '../../setup/bundles/fresh-bundle.mjs';
import { checkDocument } from '../cli/check-document.ts';
import { openCliHome } from '../cli/cli-process.ts';
import { sharedTemporal } from '../support/temporal.ts';
import { programBundle } from '../../setup/bundles/program-bundle.ts';

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

it('of the pipeline worker holds its Temporal, and the thread of its workflows', async () => {
  const entry = await programBundle(checkoutFolder, 'pipeline');
  const files = await readdir(path.dirname(entry));
  expect(files).toContain('workflow-thread.mjs');
  const texts = await Promise.all(files.map((file) => readFile(path.join(path.dirname(entry), file), 'utf8')));
  expect(texts.some((text) => /from"@temporalio\/(worker|client|common|core-bridge)"/.test(text))).toBe(false);
});

it('of the inference worker speaks for every module of it, and stands when asked for again', async () => {
  const entry = await programBundle(checkoutFolder, 'inference');
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
  expect(await programBundle(checkoutFolder, 'inference')).toBe(entry);
});

it('of the command line answers as its sources do', async () => {
  const entry = await programBundle(checkoutFolder, 'cli');
  const ask = promisify(execFile);
  const fromBundle = await ask(process.execPath, [entry, '--help']);
  const fromSources = await ask(process.execPath, ['--import', 'tsx', 'cli/main.ts', '--help'], {
    cwd: checkoutFolder,
  });
  expect(fromBundle.stdout).toBe(fromSources.stdout);
  // What is loaded late has its names, too: Temporal's client, the store.
  const { address, namespace } = await sharedTemporal();
  const environment = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  const home = await openCliHome();
  const store = { DIGITFLOW_HOME: home.folder, S3_ENDPOINT: pathToFileURL(path.join(home.folder, 'store')).href };
  const env = { ...process.env, ...environment, ...store };
  const runs = await ask(process.execPath, [entry, 'runs', '--json'], { env });
  checkDocument(['runs'], runs.stdout);
  expect(JSON.parse(runs.stdout)).toMatchObject({ temporal: 'reachable' });
  home.remove();
  const version = await ask(process.execPath, [path.join('cli', 'digitflow.mjs'), '--version'], {
    cwd: checkoutFolder,
  });
  expect(version.stdout.trim()).toBe(packageJson.version);
});
