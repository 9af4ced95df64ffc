// A version is computed anew from what was kept of it: by the code of now, by its commit, by other code, and beside bytes
// that were damaged since. Its images came from a folder, from a web server and from a bucket, all gone by then. The command
// line runs from a clone of the test's own.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import {
  parseDatasetManifest,
  parseEvaluationManifest,
  parseSplitsManifest,
  parseTrainingManifest,
} from '../../artifacts/manifests.ts';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import { openStore } from '../../artifacts/open-store.ts';
import { readVersion } from '../../artifacts/registry.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { cacheFolder } from '../../config/home.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import { startFileServer } from '../activities/sources/file-server.ts';
import { makeZip } from '../activities/sources/make-archives.ts';
import { checkDocument } from '../cli/check-document.ts';
import { type CheckoutCopy, copyCheckout } from '../support/checkout-copy.ts';
import { findExecutable } from '../support/executable.ts';
import { sharedMinio } from '../support/minio.ts';
import { segmentDigit, writeSegmentDigits } from '../support/segment-digits.ts';

const MODULE = 'ml/image/preprocess-digit.ts';

let copy: CheckoutCopy;
let folder: string;
let store: Store;

interface Answer {
  exitCode: number;
  document: Record<string, unknown>;
  stderr: string;
}

function cli(words: string[], variables: Record<string, string> = {}): Promise<Answer> {
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DIGITFLOW_TEMPORAL: findExecutable('temporal', 'DIGITFLOW_TEMPORAL'),
    DIGITFLOW_HOME: join(folder, 'home'),
    DIGITFLOW_CACHE: join(folder, 'cache'),
    ...variables,
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(copy.root, 'cli', 'digitflow.mjs'), ...words, '--json'],
      { cwd: copy.root, env: environment, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        checkDocument(words, stdout);
        const document = JSON.parse(stdout === '' ? '{}' : stdout) as Record<string, unknown>;
        resolve({ exitCode: error === null ? 0 : Number(error.code), document, stderr });
      },
    );
  });
}

const reproduce = (): Promise<Answer> =>
  cli(['reproduce', '1', '--model', 'segments'], { S3_ENDPOINT: pathToFileURL(join(folder, 'home', 'files')).href });

async function objects(): Promise<string[]> {
  const found = [];
  for await (const { key, etag } of store.list('')) found.push(`${key} ${etag}`);
  return found;
}

async function stateVector(): Promise<ArtifactRef> {
  const { code } = await readVersion(store, 'segments', 1);
  const evaluation = parseEvaluationManifest((await store.get(keys.blob(code['evaluation'] as string)))!.bytes);
  return parseTrainingManifest(await getBlob(store, evaluation.training)).state;
}

/** PNGs of each digit, the variants from `first` up to `end`. */
const segmentFiles = (first: number, end: number): [name: string, png: Uint8Array][] =>
  Array.from({ length: 10 * (end - first) }, (_, index) => {
    const [digit, variant] = [index % 10, first + Math.floor(index / 10)];
    return [`${digit}/${variant}.png`, encodePng(segmentDigit(digit, variant))];
  });

/** Digits under `scans/` in a bucket of the shared MinIO, and what allows a worker to read it. */
async function fillBucket() {
  const minio = await sharedMinio();
  const name = `scans-${randomBytes(6).toString('hex')}`;
  await createMinioBucket({ ...minio, bucket: name });
  const scans = createMinioStore({ ...minio, bucket: name });
  const files = segmentFiles(16, 24).map(([file, png]) => [`scans/${file}`, png] as const);
  await Promise.all(files.map(([key, png]) => scans.put(key, png)));
  return {
    name,
    settings: {
      DIGITFLOW_S3_SOURCES: name,
      DIGITFLOW_S3_SOURCES_ENDPOINT: minio.endpoint,
      DIGITFLOW_S3_SOURCES_ACCESS_KEY: minio.accessKey,
      DIGITFLOW_S3_SOURCES_SECRET_KEY: minio.secretKey,
    },
    empty: () => Promise.all(files.map(([key]) => scans.delete(key))),
  };
}

describe('reproduce', { timeout: 600_000 }, () => {
  beforeAll(async () => {
    copy = copyCheckout();
    copy.git('init', '--quiet');
    copy.git('add', '.');
    copy.git('commit', '--quiet', '-m', 'the code of the version');
    folder = mkdtempSync(join(tmpdir(), 'digitflow-reproduce-'));
    mkdirSync(join(folder, 'cache'));
    // What this machine has set up is used; what was computed or fetched here before is not.
    for (const name of ['temporal', 'tfjs-node', 'workshops', 'locks'])
      symlinkSync(join(cacheFolder(process.env), name), join(folder, 'cache', name));
    const data = join(folder, 'data', 'segments');
    await writeSegmentDigits(data, 8);
    const [web, bucket] = await Promise.all([startFileServer(), fillBucket()]);
    web.files.set('/digits.zip', makeZip(segmentFiles(8, 16).map(([name, bytes]) => ({ name, bytes }))));
    const sources = [
      { name: 'folder', source: { kind: 'folder', path: data } },
      { name: 'web', source: { kind: 'url', url: `${web.url}/digits.zip` } },
      { name: 'bucket', source: { kind: 's3', bucket: bucket.name, prefix: 'scans' } },
    ];
    const configuration = {
      ingest: { source: { kind: 'mixed', sources } },
      preprocess: { split: 'random' },
      augment: { poolSize: 512, parts: 2, shares: {} },
      train: { trainSteps: 20, validationEverySteps: 10 },
      publish: { model: 'segments' },
    };
    writeFileSync(join(folder, 'run.json'), JSON.stringify(configuration));
    const words = ['start', '--once', '--store', 'file', '--config', join(folder, 'run.json')];
    const made = await cli(words, {
      DIGITFLOW_DATA_ROOTS: join(folder, 'data'),
      DIGITFLOW_URL_NETWORKS: '127.0.0.0/8',
      ...bucket.settings,
    });
    expect(made.document, made.stderr).toMatchObject({ model: { name: 'segments', version: 1 } });
    rmSync(data, { recursive: true });
    await Promise.all([web.close(), bucket.empty()]);
    store = openStore({ kind: 'file', folder: join(folder, 'home', 'files') });
  }, 600_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    copy.remove();
  });

  it('was trained from a folder, a web server and a bucket, each a slice of its own', async () => {
    const { code } = await readVersion(store, 'segments', 1);
    const evaluation = parseEvaluationManifest((await store.get(keys.blob(code['evaluation'] as string)))!.bytes);
    const splits = parseSplitsManifest(await getBlob(store, evaluation.splits));
    const { sources, sampleCount } = parseDatasetManifest(await getBlob(store, splits.dataset));
    expect(sources.map(({ name, kind }) => `${name} ${kind}`)).toEqual(['folder folder', 'web url', 'bucket s3']);
    expect(sampleCount).toBe(240);
  });

  it('finds no differing byte by the code of now, from the kept source alone, and leaves the store as it was', async () => {
    const version = await readVersion(store, 'segments', 1);
    expect(version.code).toMatchObject({ commit: copy.git('rev-parse', 'HEAD').trim(), dirty: false });
    const before = await objects();
    const { exitCode, document, stderr } = await reproduce();
    expect(document, stderr).toMatchObject({ same: true, difference: null, mismatches: 0, sourceKept: true });
    expect(document['compared']).toMatchObject({ ingest: { files: 1 }, train: { files: 3 }, publish: { files: 3 } });
    expect(exitCode).toBe(0);
    expect(await objects()).toEqual(before);
  });

  it("takes the version's commit when the code has changed, and names a stored byte that was flipped", async () => {
    const source = readFileSync(join(copy.root, MODULE), 'utf8');
    const changed = source.replace('const BOX_SIDE = 26', 'const BOX_SIDE = 24');
    expect(changed).not.toBe(source);
    writeFileSync(join(copy.root, MODULE), changed);
    const state = await stateVector();
    const { bytes } = (await store.get(state.key))!;
    const flipped = Uint8Array.from(bytes);
    flipped[1_000]! ^= 1;
    await store.put(state.key, flipped);
    const { exitCode, document, stderr } = await reproduce();
    await store.put(state.key, bytes);
    expect(document, stderr).toMatchObject({
      same: false,
      mismatches: 1,
      difference: { step: 'train', file: 'state vector', cause: 'data' },
      code: { same: true, used: expect.stringMatching(/^commit [0-9a-f]{12}$/) as string },
    });
    expect(stderr).toMatch(/byte 1000 /);
    expect(exitCode).toBe(1);
    expect(copy.git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  });

  it('names the step, the file and the module when only other code is there', async () => {
    rmSync(join(copy.root, '.git'), { recursive: true });
    const { exitCode, document, stderr } = await reproduce();
    expect(document, stderr).toMatchObject({
      same: false,
      difference: { step: 'preprocess', cause: 'code', detail: `code: ${MODULE} changed` },
      code: { same: false, used: expect.stringMatching(/no commit/) as string },
    });
    expect(exitCode).toBe(1);
  });

  it('names kept bytes that are gone before it computes anything', async () => {
    const [part] = (await objects()).filter((line) => line.startsWith('blobs/'));
    expect(part).toBeDefined();
    const { code } = await readVersion(store, 'segments', 1);
    await store.delete(keys.blob(code['training'] as string));
    const { exitCode, document } = await reproduce();
    expect(document).toMatchObject({ same: false, difference: { step: 'train', cause: 'data' } });
    expect(exitCode).toBe(1);
  });
});
