import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compute, identify, type IngestParameters } from '../../activities/ingest.ts';
import { parseDatasetManifest, type DatasetManifest } from '../../artifacts/manifests.ts';
import { decodeSamples } from '../../ml/dataset/packed-samples.ts';
import { imageOf, NO_GROUP } from '../../ml/dataset/samples.ts';
import { picture, pngOf, testContext, type TestContext } from './sources/context.ts';

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'digitflow-ingest-'))));
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), bytes);
}

/** Three classes of `count` images each. */
async function putClasses(count = 5): Promise<void> {
  for (const [label, name] of ['0', 'none', 'cat'].entries()) {
    for (let i = 1; i <= count; i++) await put(`${name}/${i}.png`, pngOf(label * 1000 + i));
  }
}

const environment = () => ({ cacheFolder: root, dataRoots: [root] });
const parameters = (changes: Partial<IngestParameters> = {}): IngestParameters => ({
  source: { kind: 'folder', path: root },
  maxRejectedRatio: 0.01,
  maxConflictRatio: 0.01,
  seed: 1,
  ...changes,
});

async function ingest(changes: Partial<IngestParameters> = {}, context: TestContext = testContext()) {
  const { output, summary } = await compute(context, parameters(changes), {}, environment());
  const manifest = parseDatasetManifest(await context.read(output));
  return { output, summary, manifest, context };
}

async function linesOf(context: TestContext, ref: DatasetManifest['chart']): Promise<Record<string, string>[]> {
  const text = Buffer.from(await context.read(ref)).toString('utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, string>]));
}

describe('ingest', () => {
  it('packs a folder into shards and a manifest that counts them', async () => {
    await putClasses();
    const { manifest, summary, context } = await ingest();
    expect(manifest).toMatchObject({
      classes: ['0', 'cat', 'none'],
      sampleCount: 15,
      counts: { folder: { '0': 5, none: 5, cat: 5 } },
      sources: [{ name: 'folder', kind: 'folder', licences: [] }],
      groups: [],
      splitHints: false,
      rejected: { count: 0, reasons: {} },
      duplicates: { count: 0 },
      conflicts: { count: 0 },
      warnings: [],
    });
    expect(summary).toMatchObject({ samples: 15, classes: 3, sources: { folder: 15 } });
    const samples = decodeSamples(await context.read(manifest.shards[0]!));
    expect([0, 1, 2, 3, 4, 5].map((i) => samples.names.at(i))).toEqual([
      '0/1.png',
      '0/2.png',
      '0/3.png',
      '0/4.png',
      '0/5.png',
      'cat/1.png',
    ]);
    expect(imageOf(samples, 5)).toEqual(picture(2001));
    expect([samples.labels[5], samples.groups[5]]).toEqual([1, NO_GROUP]);
    expect(Buffer.from(await context.read(manifest.chart)).toString()).toContain('<svg');
  });

  it('gives equal bytes for equal content, and another digest for another pixel', async () => {
    await putClasses();
    const [first, second] = [await ingest(), await ingest()];
    expect(second.output).toEqual(first.output);
    await put('0/1.png', pngOf(77));
    expect((await ingest()).manifest.pixelDigest).not.toBe(first.manifest.pixelDigest);
  });

  it('sets bad files aside with their reasons, up to the ratio', async () => {
    await putClasses();
    await put('0/empty.png', new Uint8Array(0));
    await put('cat/text.png', Buffer.from('text'));
    const { manifest, context } = await ingest({ maxRejectedRatio: 0.2 });
    expect(manifest.rejected).toMatchObject({ count: 2, reasons: { empty: 1, 'not-an-image': 1 } });
    expect((await linesOf(context, manifest.rejected.ref)).map(({ name, reason }) => [name, reason])).toEqual([
      ['0/empty.png', 'empty'],
      ['cat/text.png', 'not-an-image'],
    ]);
  });

  it('fails above the ratio, names the first three, and holds the first twenty by ref', async () => {
    await putClasses();
    for (let i = 0; i < 30; i++) await put(`0/bad${i}.png`, Buffer.from('bad'));
    const context = testContext();
    const error = (await ingest({ maxRejectedRatio: 0.5 }, context).catch((reason: unknown) => reason)) as {
      details: { count: number; first: DatasetManifest['chart']; all: DatasetManifest['chart'] };
    };
    expect(error).toMatchObject({
      code: 'TooManyRejected',
      retryable: false,
      message: expect.stringMatching(
        /expected at most 50 % of the files to be unreadable, got 30 of 45 \(66\.67 %\): 0\/bad0\.png \(not-an-image\), 0\/bad\d+\.png \(not-an-image\), .* and 27 more; all stand in /,
      ),
      details: { count: 30 },
    });
    expect(await linesOf(context, error.details.first)).toHaveLength(20);
    expect(await linesOf(context, error.details.all)).toHaveLength(30);
  });

  it('counts duplicates, reports equal pixels with two labels, and refuses too many of them', async () => {
    await putClasses(50);
    await put('0/again.png', pngOf(1));
    await put('cat/zero.png', pngOf(2));
    const { manifest, context } = await ingest();
    expect([manifest.duplicates.count, manifest.conflicts.count]).toEqual([1, 1]);
    expect(context.warnings).toEqual([
      expect.stringMatching(
        /^1 of 152 samples have the pixels of a sample of another class \(0\.66 %\): cat\/zero\.png \(cat\) is 0\/2\.png \(0\);/,
      ),
    ]);
    await expect(ingest({ maxConflictRatio: 0.001 })).rejects.toMatchObject({
      code: 'TooManyConflicts',
      message: expect.stringMatching(
        /expected at most 0\.1 %, got 1 of 152 .*: cat\/zero\.png \(cat\) is 0\/2\.png \(0\);/,
      ),
      details: { count: 1 },
    });
  });

  it('refuses a class whose files are all unreadable', async () => {
    await putClasses();
    await put('dog/bad.png', Buffer.from('bad'));
    await expect(ingest({ maxRejectedRatio: 1 })).rejects.toMatchObject({ code: 'EmptyClass' });
  });

  it('notices that the folder changed since the step key was made', async () => {
    await putClasses();
    const identity = await identify(parameters(), environment());
    await expect(ingest({ identity })).resolves.toBeDefined();
    await put('0/new.png', pngOf(99));
    await expect(ingest({ identity })).rejects.toMatchObject({ code: 'SourceChanged', retryable: true });
  });

  it('stops soon after an abort', async () => {
    for (let i = 0; i < 300; i++) await put(`${i % 2}/${i}.png`, pngOf(i, 100));
    const abort = new AbortController();
    const running = ingest({}, testContext(abort.signal));
    abort.abort(new Error('the step was cancelled'));
    await expect(running).rejects.toThrow('the step was cancelled');
  });

  it('refuses paths outside the allowed roots', async () => {
    await expect(ingest({ source: { kind: 'folder', path: '/etc' } })).rejects.toMatchObject({
      code: 'SourceNotAllowed',
    });
    await expect(
      identify(parameters({ source: { kind: 'archive', path: '/etc/passwd' } }), environment()),
    ).rejects.toMatchObject({ code: 'SourceNotAllowed' });
  });
});
