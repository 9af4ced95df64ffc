import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compute, identify } from '../../../activities/ingest.ts';
import { mixedSource } from '../../../activities/sources/mixed.ts';
import type { Source, SourceItem } from '../../../activities/sources/source.ts';
import { putBlob } from '../../../artifacts/blobs.ts';
import { parseDatasetManifest } from '../../../artifacts/manifests.ts';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import { layOutSource } from '../../../cli/reproduce/lay-out-source.ts';
import { resolveRunConfiguration } from '../../../config/resolve.ts';
import { picture, pngOf, readAll, testContext } from './context.ts';
import { makeZip } from './make-archives.ts';
import { makeIdxPair } from './make-idx.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digitflow-mixed-'));
  for (let label = 0; label < 3; label++) {
    await mkdir(join(folder, 'mine', String(label)), { recursive: true });
    for (let i = 1; i <= 4; i++)
      await writeFile(join(folder, 'mine', String(label), `img00${label}-0000${i}.png`), pngOf(label * 10 + i));
  }
  const zipped = [3, 4].flatMap((label) =>
    [1, 2].map((i) => ({ name: `${label}/img00${label}-0000${i}.png`, bytes: pngOf(label * 10 + i) })),
  );
  await writeFile(join(folder, 'other.zip'), makeZip(zipped));
  const { images, labels } = makeIdxPair(
    [0, 1, 2, 3].map((i) => ({ pixels: picture(100 + i).pixels, label: i % 2 })),
    8,
  );
  await mkdir(join(folder, 'idx'));
  await writeFile(join(folder, 'idx', 'digits'), images);
  await writeFile(join(folder, 'digits'), labels); // of the same name
});
afterAll(() => rm(folder, { recursive: true }));

const configuration = (weights: number[] = [3, 1, 4]) => ({
  ingest: {
    source: {
      kind: 'mixed',
      sources: [
        { name: 'mine', weight: weights[0], source: { kind: 'folder', path: join(folder, 'mine') } },
        { name: 'zipped', weight: weights[1], source: { kind: 'archive', path: join(folder, 'other.zip') } },
        {
          name: 'mnist',
          weight: weights[2],
          source: {
            kind: 'idx',
            images: { path: join(folder, 'idx', 'digits') },
            labels: { path: join(folder, 'digits') },
            classes: 2,
          },
        },
      ],
    },
  },
});

async function ingest(input: unknown, dataRoots = [folder]) {
  const parameters = resolveRunConfiguration(input).ingest;
  const environment = { cacheFolder: folder, dataRoots };
  const identity = await identify(parameters, environment);
  const context = testContext();
  const { output } = await compute(context, { ...parameters, identity }, {}, environment);
  return { identity, context, manifest: parseDatasetManifest(await context.read(output)), output };
}

describe('a mixed source', () => {
  it('puts its sources one behind the other, each a slice by its name', async () => {
    const { manifest } = await ingest(configuration());
    expect(manifest).toMatchObject({
      name: 'mine+zipped+mnist',
      classes: ['0', '1', '2', '3', '4'],
      sources: [
        { name: 'mine', kind: 'folder' },
        { name: 'zipped', kind: 'archive' },
        { name: 'mnist', kind: 'idx' },
      ],
      counts: { mine: { '0': 4, '1': 4, '2': 4 }, zipped: { '3': 2, '4': 2 }, mnist: { '0': 2, '1': 2 } },
      // One name of a group in two sources is two groups.
      groups: ['mine: typeface 1', 'zipped: typeface 1'],
      splitHints: false,
    });
  });

  it('is pinned by the identities of all of them', async () => {
    const { identity } = await ingest(configuration());
    expect(identity).toMatchObject({
      kind: 'mixed',
      sources: [
        { name: 'mine', identity: { kind: 'folder' } },
        { name: 'zipped', identity: { kind: 'archive' } },
        { name: 'mnist', identity: { kind: 'idx' } },
      ],
    });
  });

  it('is made again, byte for byte, from what was kept of each', async () => {
    const first = await ingest(configuration());
    const store = createMemoryStore();
    for (const bytes of first.context.blobs.values()) await putBlob(store, bytes);
    // The test's context names blobs by their digest alone; the store has a place for each.
    const refs = new Map<string, string>();
    for await (const { key } of store.list('blobs/')) refs.set(key.split('/').at(-1)!, key);
    const placed = <Ref extends { sha256: string }>(ref: Ref) => ({ ...ref, key: refs.get(ref.sha256)! });
    const { index, parts } = first.manifest.source!;
    const laidOut = await layOutSource({
      store,
      scratch: createMemoryStore(),
      source: { index: placed(index), parts: parts.map(placed) },
      configuration: configuration(),
      folder: join(folder, 'laid-out'),
    });
    expect(laidOut.kept).toBe(true);
    const again = await ingest(laidOut.configuration, [join(folder, 'laid-out')]);
    expect(again.output.sha256).toBe(first.output.sha256);
  });

  it('has hints for a split only where all of its sources have', async () => {
    const fake = (splitHints: boolean): Source => ({
      kind: 'fake',
      name: 'fake',
      splitHints,
      identity: () => Promise.resolve({}),
      open: () => Promise.reject(new Error('not opened')),
    });
    const hints = (...all: boolean[]) =>
      mixedSource(all.map((each, i) => ({ name: `s${i}`, source: fake(each) }))).splitHints;
    expect([hints(true, true), hints(true, false)]).toEqual([true, false]);
  });

  it('leaves the slices of the built-in data their names', async () => {
    const item: SourceItem = { name: 'a', className: '0', source: 'typefaces', group: 'Roboto', image: picture(1) };
    const builtin: Source = {
      kind: 'builtin',
      name: 'builtin',
      splitHints: true,
      identity: () => Promise.resolve({}),
      open: () =>
        Promise.resolve({
          classes: ['0', '1'],
          parts: ['handwriting', 'typefaces'].map((name) => ({ name, kind: 'builtin', licences: [] })),
          complete: false,
          total: 1,
          async *items() {
            yield await Promise.resolve(item);
          },
        }),
    };
    const { opened, items } = await readAll(
      mixedSource([
        { name: 'digits', source: builtin },
        { name: 'again', source: { ...builtin, kind: 'folder' } },
      ]),
    );
    expect(opened.parts.map(({ name }) => name)).toEqual(['handwriting', 'typefaces', 'again']);
    expect(opened.complete).toBe(false);
    expect(items).toMatchObject([item, { name: 'again/a', source: 'again', group: 'again: Roboto' }]);
  });
});

describe('the weights of a mixed source', () => {
  const sharesOf = (input: object) => resolveRunConfiguration(input).augment.shares;

  it('are the shares of the pool, those of the built-in data parted as always', () => {
    expect(sharesOf(configuration())).toEqual({ mine: 3 / 8, zipped: 1 / 8, mnist: 4 / 8 });
    const own = { name: 'own', source: { kind: 'folder', path: '/own' } };
    const builtin = { name: 'digits', weight: 3, source: { kind: 'builtin' } };
    expect(sharesOf({ ingest: { source: { kind: 'mixed', sources: [builtin, own] } } })).toEqual({
      negatives: 0.25 * 0.75,
      handwriting: (0.3 * 3) / 4,
      typefaces: (0.45 * 3) / 4,
      own: 0.25,
    });
  });

  it('count anew in a configuration that was resolved with others', () => {
    const resolved = resolveRunConfiguration(configuration());
    const { source } = resolveRunConfiguration(configuration([1, 1, 2])).ingest;
    expect(sharesOf({ ...resolved, ingest: { ...resolved.ingest, source } })).toEqual({
      mine: 0.25,
      zipped: 0.25,
      mnist: 0.5,
    });
    expect(resolveRunConfiguration(resolved)).toEqual(resolved);
  });

  it.each([
    [
      'one name twice',
      [
        { name: 'a', source: { kind: 'feedback' } },
        { name: 'a', source: { kind: 'folder', path: '/' } },
      ],
      /got a twice/,
    ],
    [
      'the built-in data twice',
      [
        { name: 'a', source: { kind: 'builtin' } },
        { name: 'b', source: { kind: 'builtin' } },
      ],
      /kind builtin once/,
    ],
    [
      'a name of its slices',
      [
        { name: 'typefaces', source: { kind: 'feedback' } },
        { name: 'b', source: { kind: 'builtin' } },
      ],
      /no name of the built-in data/,
    ],
    [
      'an archive from nowhere',
      [
        { name: 'a', source: { kind: 'archive' } },
        { name: 'b', source: { kind: 'builtin' } },
      ],
      /sources\.0\.source: an archive needs exactly one/,
    ],
    [
      'a mixture',
      [
        { name: 'a', source: { kind: 'mixed', sources: [] } },
        { name: 'b', source: { kind: 'builtin' } },
      ],
      /sources\.0\.source\.kind/,
    ],
    ['one source', [{ name: 'a', source: { kind: 'builtin' } }], /sources/],
  ])('are refused with %s', (_, sources, message) => {
    expect(() => resolveRunConfiguration({ ingest: { source: { kind: 'mixed', sources } } })).toThrow(message);
  });
});

it('kept files stand in the order they were named, whether they were read or in the store already', async () => {
  const { createSourceKeeper } = await import('../../../activities/kept-source.ts');
  const context = testContext();
  const keeper = createSourceKeeper((bytes) => context.write(bytes));
  const part = await context.write(Buffer.from('second'));
  await keeper.keep('a', Buffer.from('first'));
  await keeper.keepBlobs('b', [part]);
  const kept = await keeper.finish();
  const sha256 = createHash('sha256').update('first').digest('hex');
  expect(kept!.parts.map((each) => each.sha256)).toEqual([sha256, part.sha256]);
});
