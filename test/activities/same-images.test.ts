// The same 2,000 images by every way there is: the same dataset where content, order and names allow, and why not where
// they don't.

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSamplePacker, type PackedDataset } from '../../activities/sample-packer.ts';
import { openSource, type SourceEnvironment } from '../../activities/sources/open-source.ts';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import { resolveRunConfiguration } from '../../config/resolve.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import { createRandom } from '../../ml/random.ts';
import { sharedMinio } from '../support/minio.ts';
import { testContext } from './sources/context.ts';
import { startFileServer, type FileServer } from './sources/file-server.ts';
import { makeTar, makeTgz, makeZip } from './sources/make-archives.ts';
import { makeIdxPair } from './sources/make-idx.ts';

const SIDE = 8;
const random = createRandom(42);
/** In the order of their names, as a folder has it. */
const images = Array.from({ length: 2_000 }, (_, i) => {
  const label = Math.floor(i / 200);
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, () => random.integer(256));
  const image = { pixels, width: SIDE, height: SIDE };
  return { name: `${label}/${String(i).padStart(5, '0')}.png`, label, image, bytes: encodePng(image) };
});
const shuffled = images.map((_, i) => images[(i * 977) % images.length]!);
const idxOf = (some: typeof images) =>
  makeIdxPair(
    some.map(({ image, label }) => ({ pixels: image.pixels, label })),
    SIDE,
  );

let folder: string;
let server: FileServer;
let environment: SourceEnvironment;
let byFolder: PackedDataset;
const bucket = `same-${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digitflow-same-'));
  server = await startFileServer();
  const { endpoint, accessKey, secretKey } = await sharedMinio();
  const place = { kind: 's3', region: 'us-east-1', endpoint, accessKey, secretKey } as const;
  environment = {
    npm: { registry: 'http://127.0.0.1:1' },
    cacheFolder: join(folder, 'cache'),
    dataRoots: [folder],
    urlNetworks: ['127.0.0.0/8'],
    s3Sources: { buckets: [bucket], place },
  };
  for (let label = 0; label < 10; label++) await mkdir(join(folder, 'set', String(label)), { recursive: true });
  await Promise.all(images.map(({ name, bytes }) => writeFile(join(folder, 'set', name), bytes)));
  const pair = idxOf(images);
  const other = idxOf(shuffled);
  const files: Record<string, Uint8Array> = {
    'set.zip': makeZip(images),
    'set.tar': makeTar(images),
    'set.tgz': makeTgz(images),
    'shuffled.zip': makeZip(shuffled),
    'images.gz': gzipSync(pair.images),
    'labels.gz': gzipSync(pair.labels),
    'shuffled-images': other.images,
    'shuffled-labels': other.labels,
    'list.txt': Buffer.from(images.map(({ name, label }) => `${label} ${name}`).join('\n')),
    'lossy.zip': makeZip(
      await Promise.all(
        images.map(async ({ name, image: { pixels } }) => ({
          name,
          bytes: await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
            .jpeg({ quality: 80 })
            .toBuffer(),
        })),
      ),
    ),
  };
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(join(folder, name), bytes);
    server.files.set(`/${name}`, bytes);
  }
  for (const { name, bytes } of images) server.files.set(`/${name}`, bytes);
  const options = { endpoint, accessKey, secretKey, bucket };
  await createMinioBucket(options);
  const store = createMinioStore(options);
  for (let from = 0; from < images.length; from += 16)
    await Promise.all(images.slice(from, from + 16).map(({ name, bytes }) => store.put(`scans/${name}`, bytes)));
  byFolder = await datasetOf({ kind: 'folder', path: at('set') });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** What ingest packs of a source, without its chart and records. */
async function datasetOf(source: Record<string, unknown>) {
  const { source: resolved, seed } = resolveRunConfiguration({ ingest: { source } }).ingest;
  const context = testContext();
  const opened = await openSource(resolved, seed, environment).open(context);
  const sources = opened.parts.map(({ name }) => name);
  const packer = createSamplePacker({
    classes: opened.classes,
    sources,
    write: (bytes) => context.write(bytes),
    onConflict: () => undefined,
  });
  for await (const item of opened.items()) if ('image' in item) await packer.add(item);
  return packer.finish();
}

const at = (name: string): string => join(folder, name);
const url = (name: string): string => `${server.url}/${name}`;

describe('2,000 images', () => {
  it('are the same dataset from a folder, a zip, a tar, a tgz, a bucket and an address', async () => {
    expect(byFolder.sampleCount).toBe(2_000);
    for (const source of [
      { kind: 'archive', path: at('set.zip') },
      { kind: 'archive', path: at('set.tar') },
      { kind: 'archive', path: at('set.tgz') },
      { kind: 's3', bucket, prefix: 'scans' },
      { kind: 'url', url: url('set.zip') },
    ]) {
      const { pixelDigest, shards } = await datasetOf(source);
      // Names and labels are in the shards, too: equal to the last byte.
      expect({ pixelDigest, shards }, JSON.stringify(source)).toEqual({
        pixelDigest: byFolder.pixelDigest,
        shards: byFolder.shards,
      });
    }
  });

  it('are the same but for their names from IDX and from a list of addresses: there an image has a number, or an address', async () => {
    for (const source of [
      { kind: 'idx', images: { path: at('images.gz') }, labels: { path: at('labels.gz') } },
      { kind: 'url', url: url('images.gz'), labels: url('labels.gz') },
      { kind: 'url', url: url('list.txt') },
    ]) {
      const { pixelDigest, counts, shards } = await datasetOf(source);
      expect(pixelDigest, JSON.stringify(source)).toBe(byFolder.pixelDigest);
      expect(Object.values(counts)).toEqual(Object.values(byFolder.counts));
      expect(shards).not.toEqual(byFolder.shards);
    }
  });

  it('are others in another order, because a dataset is a list: splits and batches go by it', async () => {
    const orders = [
      await datasetOf({ kind: 'archive', path: at('shuffled.zip') }),
      await datasetOf({
        kind: 'idx',
        images: { path: at('shuffled-images') },
        labels: { path: at('shuffled-labels') },
      }),
    ];
    expect(new Set(orders.map(({ pixelDigest }) => pixelDigest)).size).toBe(1);
    expect(orders[0]!.pixelDigest).not.toBe(byFolder.pixelDigest);
    expect(orders[0]!.counts['archive']).toEqual(byFolder.counts['folder']);
  });

  it('are others in a format that loses something', async () => {
    const lossy = await datasetOf({ kind: 'archive', path: at('lossy.zip') });
    expect(lossy.counts['archive']).toEqual(byFolder.counts['folder']);
    expect(lossy.pixelDigest).not.toBe(byFolder.pixelDigest);
  });
});
