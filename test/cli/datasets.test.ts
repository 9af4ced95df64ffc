import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compute } from '../../activities/ingest.ts';
import { getBlob, putBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import {
  encodeOutcome,
  encodeRunRecord,
  encodeRunStepRecord,
  encodeStepRecord,
  type NamedDataset,
} from '../../artifacts/manifests.ts';
import { nameDataset } from '../../artifacts/named-datasets.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';
import { resolveRunConfiguration } from '../../config/resolve.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import { segmentDigit } from '../support/segment-digits.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

const RUN = { workflowId: 'digits-one', firstExecutionRunId: '01a21804-aaaa-7000-8000-000011111111' };
const STEP_KEY = 'e'.repeat(64);

let home: CliHome;
let number = 0;
beforeAll(async () => {
  home = await openCliHome();
});
afterAll(() => home.remove());

/** A folder with classes 0 and 1, and what else is given. */
function images(files: Record<string, Uint8Array | string> = {}, perClass = 4): string {
  const folder = join(home.folder, `images-${number++}`);
  for (const digit of [0, 1]) {
    mkdirSync(join(folder, String(digit)), { recursive: true });
    for (let i = 0; i < perClass; i++)
      writeFileSync(join(folder, String(digit), `${i}.png`), encodePng(segmentDigit(digit, i)));
  }
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

const copyOf = (digit: number, variant: number) => encodePng(segmentDigit(digit, variant));
const ingestOf = (path: string) => resolveRunConfiguration({ ingest: { source: { kind: 'folder', path } } }).ingest;

async function ingest(folder: string, limits = {}) {
  const { store } = home;
  return compute(
    {
      signal: new AbortController().signal,
      read: (ref: ArtifactRef) => getBlob(store, ref),
      write: async (bytes: Uint8Array) => (await putBlob(store, bytes)).ref,
      progress: () => undefined,
      warn: () => undefined,
    },
    { ...ingestOf(folder), ...limits },
    {},
    { cacheFolder: home.folder, dataRoots: [folder] },
  );
}

describe('datasets check', () => {
  test('tells counts by class, and names what is rejected, there twice or contradictory', async () => {
    const folder = images({
      '0/broken.png': 'no picture',
      '1/again.png': copyOf(1, 2),
      '1/zero.png': copyOf(0, 1),
      'readme.txt': 'x',
    });
    const words = [
      'datasets',
      'check',
      folder,
      '--set',
      'ingest.maxRejectedRatio=0.5',
      '--set',
      'ingest.maxConflictRatio=0.5',
    ];
    const { exitCode, document } = await home.run([...words, '--json']);
    expect(exitCode).toBe(0);
    expect(document()).toMatchObject({
      usable: true,
      refusal: null,
      samples: 10,
      classes: { '0': 4, '1': 6 },
      rejected: {
        count: 2,
        reasons: { 'not-an-image': 1, 'outside-class-folder': 1 },
        first: [
          { name: '0/broken.png', reason: 'not-an-image' },
          { name: 'readme.txt', reason: 'outside-class-folder' },
        ],
      },
      duplicates: { count: 1, first: [{ name: '1/again.png', other: '1/2.png', class: '1', otherClass: '1' }] },
      conflicts: { count: 1, first: [{ name: '1/zero.png', class: '1', other: '0/1.png', otherClass: '0' }] },
      warnings: [],
    });
    const { stdout } = await home.run(words);
    expect(stdout).toMatch(/^0 +█+▋ +4$/m);
    expect(stdout).toContain('rejected    2 of 12 files: 1 not-an-image, 1 outside-class-folder\n  0/broken.png');
    expect(stdout).toContain(`npx digitflow train --dataset ${folder}`);
  });

  test.each([
    ['too many rejected', { '0/a.png': 'x', '1/b.png': 'y' }, 'TooManyRejected', '0/a.png (not-an-image)'],
    ['too many contradictions', { '1/zero.png': copyOf(0, 1) }, 'TooManyConflicts', '1/zero.png (1) is 0/1.png (0)'],
  ])('refuses %s as ingest does, with exit code 1, and counts all the same', async (_, files, type, named) => {
    const folder = images(files);
    await expect(ingest(folder)).rejects.toMatchObject({ name: type });
    const { exitCode, document, stderr } = await home.run(['datasets', 'check', folder, '--json']);
    expect(exitCode).toBe(1);
    expect(document()).toMatchObject({ usable: false, refusal: { type }, classes: { '0': 4 } });
    expect(stderr).toMatch(/a run would refuse this: expected at most 1 %/);
    expect(stderr).toContain(named);
  });

  test('where a class has no image at all, says of each of its files why', async () => {
    const folder = images({}, 0);
    writeFileSync(join(folder, '0', 'a.png'), 'x');
    writeFileSync(join(folder, '1', 'b.png'), '');
    await expect(ingest(folder, { maxRejectedRatio: 1 })).rejects.toMatchObject({ name: 'EmptyClass' });
    const { exitCode, document } = await home.run(['datasets', 'check', folder, '--json']);
    expect(exitCode).toBe(1);
    expect(document()).toMatchObject({
      usable: false,
      refusal: { type: 'EmptyClass' },
      rejected: {
        count: 2,
        reasons: { empty: 1, 'not-an-image': 1 },
        first: [{ name: '0/a.png' }, { name: '1/b.png' }],
      },
    });
  });

  test('writes a contact sheet with a row a class', async () => {
    const sheet = join(home.folder, 'sheets', 'sheet.png');
    const { exitCode } = await home.run(['datasets', 'check', images(), '--sheet', sheet, '--per-class', '3']);
    expect(exitCode).toBe(0);
    const { width, height, format } = await sharp(readFileSync(sheet)).metadata();
    expect([format, height]).toEqual(['png', 2 * 12 + 14 + 2 * 52 + 12]);
    expect(width).toBeGreaterThan(3 * 50);
  });

  test.each([
    [['datasets', 'check', 'no-such-folder'], /got no such file/],
    [['datasets', 'check', 's3://digits/scans'], /only a worker reads/],
    [['datasets', 'check', 'feedback'], /only a worker reads/],
    [['datasets', 'check', '.', '--set', 'train.trainSteps=3'], /expected a value of ingest/],
    [['datasets', 'check', '.', '--per-class', '500'], /from 1 to 80/],
    [['datasets', 'chek'], /did you mean check/],
    [['datasets', 'add', 'feedback'], /which people may withdraw/],
    [['datasets', 'add', '.', '--name', 'Not A Name'], /--name: expected 1–40/],
    [['datasets', 'add', '.', '--name', 'latest'], /and not builtin, feedback, latest/],
  ])('%j is wrong use, and says why', async (words, why) => {
    const { exitCode, stderr } = await home.run(words);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(why)]);
  });

  test('add --dry-run is the same, and a check needs no stack', async () => {
    const nowhere = { DIGITFLOW_HOME: join(home.folder, 'nowhere') };
    expect((await home.run(['datasets', 'add', images(), '--dry-run'], nowhere)).exitCode).toBe(0);
  });
});

describe('datasets of the store', () => {
  let output: ArtifactRef;
  let id: string;
  let named: NamedDataset;

  beforeAll(async () => {
    const { store } = home;
    const folder = images({ '0/broken.png': 'no picture' });
    const made = await ingest(folder, { maxRejectedRatio: 0.5 });
    output = made.output;
    id = output.sha256.slice(0, 12);
    const record = { ...RUN, schemaVersion: 1 as const };
    const step = {
      step: 'ingest' as const,
      stepKey: STEP_KEY,
      output,
      summary: made.summary,
      warnings: [],
      seconds: 1,
    };
    const { configuration } = { configuration: resolveRunConfiguration({ ingest: ingestOf(folder) }) };
    const startedAt = '2026-11-22T10:00:00Z';
    await Promise.all([
      store.put(
        keys.step('ingest', STEP_KEY),
        encodeStepRecord({
          ...step,
          schemaVersion: 1,
          kind: 'step-record',
          keyDocument: { parameters: ingestOf(folder) },
          blobs: [{ ...output, etag: 'x' }],
          resumed: false,
          recordedAt: '2026-11-22T10:00:05Z',
          madeBy: { ...RUN, attempt: 1 },
          nonce: 'n',
        }),
      ),
      store.put(
        keys.run(RUN),
        encodeRunRecord({ ...record, kind: 'run', workflowType: 'trainPipeline', startedAt, configuration }),
      ),
      store.put(
        keys.runStep(RUN, 'ingest'),
        encodeRunStepRecord({
          ...record,
          ...step,
          kind: 'run-step',
          state: 'computed',
          attempt: 1,
          finishedAt: '2026-11-22T10:00:06Z',
        }),
      ),
      store.put(
        keys.outcome(RUN),
        encodeOutcome({
          ...record,
          kind: 'outcome',
          state: 'completed',
          finishedAt: '2026-11-22T10:01:00Z',
          steps: [],
          model: { name: 'digits', version: 3, digest: 'd'.repeat(64) },
        }),
      ),
    ]);
    named = {
      schemaVersion: 1,
      kind: 'named-dataset',
      name: 'meters',
      addedAt: '2026-11-23T10:00:00Z',
      author: 'Ada',
      ingest: ingestOf(folder),
      step: 'ingest',
      stepKey: STEP_KEY,
      output,
      summary: made.summary,
      run: RUN,
    };
  });
  beforeEach(async () => void (await nameDataset(home.store, named)));

  test('are listed with images a class, names, runs and the versions they became', async () => {
    const { document, exitCode } = await home.run(['datasets', '--json']);
    expect(exitCode).toBe(0);
    expect(document()).toMatchObject({
      datasets: [
        {
          id,
          sha256: output.sha256,
          names: ['meters'],
          samples: 8,
          classes: { '0': 4, '1': 4 },
          rejected: 1,
          at: '2026-11-22T10:00:05Z',
          runs: ['digits-one@11111111'],
          versions: [{ name: 'digits', version: 3 }],
          collected: false,
        },
      ],
      total: 1,
      damaged: [],
    });
    const { stdout } = await home.run(['datasets', 'list']);
    expect(stdout).toMatch(new RegExp(`^${id.slice(0, 8)} +meters +\\S+ +8 +4 +1 +2026-11-22 .* +digits 3$`, 'm'));
  });

  test.each([['meters'], ['<id>'], ['digits-one'], ['digits-one@11111111'], ['latest']])(
    'are shown by name, digest, run or latest: %s',
    async (text) => {
      const words = ['datasets', 'show', text === '<id>' ? id.slice(0, 6) : text];
      const { document, exitCode, stderr } = await home.run([...words, '--json']);
      expect(exitCode, stderr).toBe(0);
      expect(document()).toMatchObject({ id, samples: 8, rejected: { count: 1, first: [{ name: '0/broken.png' }] } });
    },
  );

  test('one that is not there is said to be none, whatever it was called by', async () => {
    const { exitCode, stderr } = await home.run(['datasets', 'show', 'abcdef99']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/no dataset and no run is named abcdef99/);
  });

  test('a damaged record hides no other and is named', async () => {
    const key = keys.step('ingest', 'a'.repeat(64));
    await home.store.put(key, Buffer.from('{'));
    const { document, stderr } = await home.run(['datasets', '--json']);
    await home.store.delete(key);
    expect(document()).toMatchObject({ total: 1, damaged: [key] });
    expect(stderr).toContain(`${key} can't be read`);
  });

  test('a damaged name is named, and can be removed', async () => {
    const key = keys.dataset('damaged');
    await home.store.put(key, Buffer.from('{}'));
    expect((await home.run(['datasets', '--json'])).document()).toMatchObject({ total: 1, damaged: [key] });
    expect((await home.run(['datasets', 'show', 'damaged'])).stderr).toMatch(/expected the record of a named dataset/);
    const { document } = await home.run(['datasets', 'remove', 'damaged', '--yes', '--json']);
    expect(document()).toEqual({ removed: 'damaged', id: null });
    expect((await home.run(['datasets', '--json'])).document()).toMatchObject({ damaged: [] });
  });

  test('a name is forgotten only when somebody says yes; the dataset stays known by its runs', async () => {
    const refused = await home.run(['datasets', 'remove', 'meters']);
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/Forget the name meters \(8 samples from .*--yes/),
    ]);
    const { document } = await home.run(['datasets', 'remove', 'meters', '--yes', '--json']);
    expect(document()).toEqual({ removed: 'meters', id });
    expect((await home.run(['datasets', '--json'])).document()).toMatchObject({ datasets: [{ id, names: [] }] });
    expect((await home.run(['datasets', 'remove', 'meters', '--yes'])).stderr).toMatch(/no dataset is named meters/);
  });

  test('collected bytes are said to be gone, in the list and where one is shown', async () => {
    const manifest = (await home.store.get(output.key))!.bytes;
    await home.store.delete(output.key);
    const { stdout } = await home.run(['datasets']);
    const shown = await home.run(['datasets', 'show', 'meters']);
    await putBlob(home.store, manifest);
    expect(stdout).toContain('collected');
    expect([shown.exitCode, shown.stderr]).toEqual([1, expect.stringMatching(/its bytes were collected/)]);
  });
});
