import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARCHIVE_LIMITS, type ArchiveLimits } from '../../../activities/sources/archives/entry.ts';
import { idxSource } from '../../../activities/sources/idx.ts';
import { picture, readAll, testContext } from './context.ts';
import { makeIdx, makeIdxPair } from './make-idx.ts';

let folder: string;
let serial = 0;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'digitflow-idx-'))));
afterAll(() => rm(folder, { recursive: true }));

async function source(images: Uint8Array, labels: Uint8Array, { limits = {}, classes = 3 }: Options = {}) {
  const [imagesPath, labelsPath] = [join(folder, `images-${serial}`), join(folder, `labels-${serial++}`)];
  await writeFile(imagesPath, images);
  await writeFile(labelsPath, labels);
  const place = (path: string) => ({ path, dataRoots: [folder] });
  const all = { ...ARCHIVE_LIMITS, ...limits };
  return idxSource({ images: place(imagesPath), labels: place(labelsPath), classes, limits: all });
}
interface Options {
  limits?: Partial<ArchiveLimits>;
  classes?: number;
}

const samples = Array.from({ length: 9 }, (_, i) => ({ pixels: picture(i).pixels, label: i % 3 }));
const good = makeIdxPair(samples, 8);

describe('an IDX pair', () => {
  it.each([
    ['plain', good.images, good.labels],
    ['gzipped', gzipSync(good.images), gzipSync(good.labels)],
    ['half gzipped', good.images, gzipSync(good.labels)],
  ])('gives its images in order, %s', async (_, images, labels) => {
    const { opened, items } = await readAll(await source(images, labels));
    expect(opened).toMatchObject({ classes: ['0', '1', '2'], total: 9, parts: [{ name: 'idx', kind: 'idx' }] });
    expect(items).toEqual(
      samples.map(({ label }, i) => ({
        name: `#${i}`,
        className: String(label),
        source: 'idx',
        image: picture(i),
      })),
    );
  });

  it('gives the same from parts in the store, however they are cut', async () => {
    for (const sizeBytes of [1, 5, 100]) {
      const context = testContext();
      const inParts = async (bytes: Uint8Array, name: string) => {
        const parts = [];
        for (let at = 0; at < bytes.length; at += sizeBytes)
          parts.push(await context.write(bytes.subarray(at, at + sizeBytes)));
        return { parts, name, dataRoots: [] };
      };
      const images = await inParts(gzipSync(good.images), 'images.gz');
      const labels = await inParts(good.labels, 'labels');
      const { items } = await readAll(idxSource({ images, labels, classes: 3 }), context);
      expect(items.map((item) => 'image' in item && item.image)).toEqual(samples.map((_, i) => picture(i)));
      expect([...context.kept.keys()]).toEqual(['images/images.gz', 'labels/labels']);
    }
  });

  it('reduces large pictures as every source does, and sorts no class away', async () => {
    const side = 300;
    const big = makeIdxPair(
      [0, 1].map((label) => ({ pixels: picture(label, side).pixels, label })),
      side,
    );
    const { items } = await readAll(await source(big.images, big.labels, { classes: 2 }));
    expect(items.map((item) => 'image' in item && item.image.width)).toEqual([128, 128]);
  });

  const body = Buffer.concat(samples.map(({ pixels }) => pixels));
  const withImages = (images: Uint8Array) => ({ images, labels: good.labels });
  const withLabels = (labels: Uint8Array) => ({ images: good.images, labels });
  const manyLabels = (count: number) => makeIdx([count], new Uint8Array(count));
  it.each([
    [
      'an empty file of images',
      withImages(new Uint8Array(0)),
      'DamagedIdx',
      /expected a header of 16 bytes, got a file of 0/,
    ],
    ['a header cut short', withImages(good.images.subarray(0, 15)), 'DamagedIdx', /got a file of 15/],
    [
      'labels for images',
      withImages(good.labels),
      'DamagedIdx',
      /expected the magic number 00000803.*got|got a file of/,
    ],
    ['images for labels', withLabels(good.images), 'DamagedIdx', /expected the magic number 00000801.*got 00000803/],
    ['values of another type', withImages(makeIdx([9, 8, 8], body, 0x0d03)), 'DamagedIdx', /got 00000d03/],
    ['a text', withImages(Buffer.from('not an idx file at all')), 'DamagedIdx', /got 6e6f7420/],
    ['more labels than images', withLabels(manyLabels(10)), 'IdxPairDiffers', /expected 9 labels.*got 10/],
    ['fewer labels than images', withLabels(manyLabels(8)), 'IdxPairDiffers', /expected 9 labels.*got 8/],
    [
      'a label outside the classes',
      withLabels(makeIdx([9], Uint8Array.from([0, 1, 2, 0, 1, 3, 0, 1, 2]))),
      'LabelOutsideClasses',
      /expected labels 0 … 2, got 3 at position 5/,
    ],
    [
      'a body cut short',
      withImages(good.images.subarray(0, -1)),
      'DamagedIdx',
      /expected 576 bytes after the header, got 575/,
    ],
    [
      'a body that is too long',
      withImages(Buffer.concat([good.images, Buffer.alloc(1)])),
      'DamagedIdx',
      /expected 576 bytes.*got more/,
    ],
    [
      'labels cut short',
      withLabels(good.labels.subarray(0, -1)),
      'DamagedIdx',
      /expected 9 bytes after the header, got 8/,
    ],
    ['labels that are too long', withLabels(Buffer.concat([good.labels, Buffer.alloc(1)])), 'DamagedIdx', /got more/],
    [
      'a header that counts too many',
      withImages(makeIdx([0xffffffff, 8, 8], body)),
      'DamagedIdx',
      /at most 1000000 values.*got 4294967295 × 8 × 8/,
    ],
    [
      'a header with sides of no digit',
      withImages(makeIdx([9, 0x10000, 8], body)),
      'DamagedIdx',
      /1 to 4096 pixels a side.*got 65536/,
    ],
    ['a header without width', withImages(makeIdx([9, 8, 0], body)), 'DamagedIdx', /pixels a side.*got 0/],
    [
      'no image at all',
      { images: makeIdx([0, 8, 8], Buffer.alloc(0)), labels: makeIdx([0], Buffer.alloc(0)) },
      'EmptyDataset',
      /counts none/,
    ],
    ['a gzip cut short', withImages(gzipSync(good.images).subarray(0, -9)), 'DamagedArchive', /whole gzip/],
    ['a gzip in a gzip', withImages(gzipSync(gzipSync(good.images))), 'DamagedIdx', /got 1f8b/],
  ])('refuses %s', async (_, { images, labels }, code, message) => {
    await expect(readAll(await source(images, labels))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      retryable: false,
    });
  });

  it('refuses a gzip that unpacks to far more than its header says, without unpacking it', async () => {
    const bomb = gzipSync(Buffer.concat([good.images, Buffer.alloc(200 * 1024 * 1024)]), { level: 1 });
    const before = process.memoryUsage.rss();
    await expect(readAll(await source(bomb, good.labels))).rejects.toMatchObject({ code: 'DamagedIdx' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * 1024 * 1024);
  });

  it('refuses a gzip whose header tells the truth about a bomb', async () => {
    const count = 40_000;
    const images = gzipSync(makeIdx([count, 28, 28], new Uint8Array(count * 784)));
    const labels = makeIdx(
      [count],
      Uint8Array.from({ length: count }, (_, i) => i % 3),
    );
    await expect(readAll(await source(images, labels))).rejects.toMatchObject({ code: 'DecompressionBomb' });
  });

  it('pins content, not names', async () => {
    const context = testContext();
    const identity = async (images: Uint8Array, labels: Uint8Array) => (await source(images, labels)).identity(context);
    expect(await identity(good.images, good.labels)).toEqual(await identity(good.images, good.labels));
    const other = Buffer.from(good.labels);
    other[8] = 1;
    expect(await identity(good.images, other)).not.toEqual(await identity(good.images, good.labels));
  });

  it('must lie under an allowed root', async () => {
    const place = { path: '/etc/passwd', dataRoots: [folder] };
    const opening = readAll(idxSource({ images: place, labels: place, classes: 3 }));
    await expect(opening).rejects.toMatchObject({ code: 'SourceNotAllowed' });
  });
});
