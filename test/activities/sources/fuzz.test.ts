// 20,000 damaged inputs, the same ones every time: whatever comes, a source gives items or one of its own errors, takes no
// memory without bound, and no name leads out of a folder.

import { resolve, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { archiveSource } from '../../../activities/sources/archive.ts';
import { safePath } from '../../../activities/sources/archives/entry.ts';
import { decodeImage } from '../../../activities/sources/decode.ts';
import { idxSource } from '../../../activities/sources/idx.ts';
import { createAddressPolicy } from '../../../activities/sources/remote/address-policy.ts';
import { parseImageList } from '../../../activities/sources/remote/image-list.ts';
import type { Source } from '../../../activities/sources/source.ts';
import { createRandom } from '../../../ml/random.ts';
import { mutate } from '../../support/mutate.ts';
import { makeBmp } from '../../ml/codecs/make-bmp.ts';
import { picture, pngOf, testContext } from './context.ts';
import { makeTar, makeTgz, makeZip } from './make-archives.ts';
import { makeIdxPair } from './make-idx.ts';

const MEMORY_BYTES = 300 * 1024 * 1024;
const OWN_ERRORS =
  /^(DamagedArchive|UnsafeArchive|NameNotUtf8|DecompressionBomb|EncryptedArchive|EmptyDataset|EmptyClass|WrongClassCount|DamagedIdx|IdxPairDiffers|LabelOutsideClasses|InvalidImageList|UrlNotAllowed)$/;

async function survives(source: (context: ReturnType<typeof testContext>) => Promise<Source>): Promise<boolean> {
  const context = testContext();
  try {
    const opened = await (await source(context)).open(context);
    for await (const item of opened.items()) void item;
    return true;
  } catch (error) {
    expect((error as { code?: string }).code, String(error instanceof Error ? error.stack : error)).toMatch(OWN_ERRORS);
    return false;
  }
}

async function inBounds(cases: number, run: (round: number) => Promise<void> | void): Promise<void> {
  const before = process.memoryUsage.rss();
  for (let round = 0; round < cases; round++) await run(round);
  expect(process.memoryUsage.rss() - before).toBeLessThan(MEMORY_BYTES);
}

const files = ['0', '1'].flatMap((name, label) =>
  [1, 2].map((i) => ({ name: `set/${name}/${i}.png`, bytes: pngOf(label * 10 + i) })),
);

describe('damaged input', () => {
  it.each([
    ['.zip', makeZip(files), 3_000],
    ['.tar', makeTar(files), 2_500],
    ['.tgz', makeTgz(files), 1_500],
  ] as const)('as a %s', async (kind, archive, cases) => {
    const random = createRandom(101, archive.length);
    const limits = { entries: 1_000, totalBytes: 4e6, ratio: 100, freeBytes: 1e6 };
    let read = 0;
    await inBounds(cases, async () => {
      const bytes = mutate(archive, random, [Buffer.from(archive)]);
      const whole = await survives(async (context) =>
        archiveSource({ parts: [await context.write(bytes)], name: kind, dataRoots: [], limits }),
      );
      if (whole) read++;
    });
    expect(read).toBeGreaterThan(0); // not everything is refused at the door
  });

  it('as an IDX pair', async () => {
    const samples = [0, 1, 2, 3].map((i) => ({ pixels: picture(i).pixels, label: i % 2 }));
    const { images, labels } = makeIdxPair(samples, 8);
    const random = createRandom(102);
    await inBounds(3_500, async (round) => {
      const bytes = mutate(images, random, [Buffer.from(images)]);
      const other = round % 3 === 0 ? mutate(labels, random, [Buffer.from(labels)]) : labels;
      await survives(async (context) => {
        const place = async (some: Uint8Array) => ({
          parts: [await context.write(round % 5 === 0 ? gzipSync(some) : some)],
          name: 'idx',
          dataRoots: [],
        });
        return idxSource({ images: await place(bytes), labels: await place(other), classes: 2 });
      });
    });
  });

  const image = picture(5, 13);
  const raw = () => sharp(image.pixels, { raw: { width: 13, height: 13, channels: 1 } });
  it.each([
    ['PNG', 2_500, () => Promise.resolve(pngOf(5, 13))],
    ['BMP of 1 bit', 500, () => Promise.resolve(makeBmp(image, { bits: 1 }))],
    ['BMP of 8 bits', 1_000, () => Promise.resolve(makeBmp(image, { bits: 8 }))],
    [
      'BMP of 32 bits with masks',
      1_000,
      () => Promise.resolve(makeBmp(image, { bits: 32, masks: [0xff0000, 0xff00, 0xff] })),
    ],
    ['JPEG', 150, () => raw().jpeg().toBuffer()],
    ['WebP', 150, () => raw().webp().toBuffer()],
    ['GIF', 150, () => raw().gif().toBuffer()],
    ['TIFF', 150, () => raw().tiff().toBuffer()],
  ] as const)('as a %s', async (_, cases, make) => {
    const bytes = await make();
    const random = createRandom(103, bytes.length);
    await inBounds(cases, async () => {
      const got = await decodeImage(mutate(bytes, random, [Buffer.from(bytes)]));
      if ('reason' in got) expect(got.detail).not.toBe('');
      else expect(got.pixels.length).toBe(got.width * got.height);
    });
  });

  it('as a list of images', async () => {
    const lists = [
      Buffer.from('# all\n0 a.png\n1 sub/b.png\n1\thttp://93.184.216.34/c.png\n'),
      Buffer.from('[{"url":"a.png","label":"0","group":"one"},{"url":"b.png","label":1,"sha256":null}]'),
    ];
    const random = createRandom(104);
    const base = new URL('http://93.184.216.34/list');
    const policy = createAddressPolicy([]);
    await inBounds(2_000, (round) => {
      try {
        parseImageList(mutate(lists[round % 2]!, random, [Buffer.from(lists[round % 2]!)]), {
          where: 'list',
          base,
          policy,
        });
      } catch (error) {
        expect((error as { code?: string }).code, String(error)).toMatch(OWN_ERRORS);
      }
    });
  });

  it('as a name', async () => {
    const pieces = [
      '..',
      '.',
      '/',
      '\\',
      'c:',
      '0',
      'a.png',
      '\0',
      '\n',
      '‥',
      '．．',
      '／',
      '∕',
      '⁄',
      '＼',
      '\u202e',
      ' ',
      '%2e%2e',
      'ä',
      '💥',
      '~',
      '//',
    ];
    const random = createRandom(105);
    const root = resolve('/data/set');
    let accepted = 0;
    await inBounds(4_000, () => {
      const name = Array.from({ length: 1 + random.integer(8) }, () => pieces[random.integer(pieces.length)]!).join('');
      try {
        const path = safePath(name, 'archive');
        accepted++;
        expect(path === '' || resolve(root, path).startsWith(root + sep), JSON.stringify(name)).toBe(true);
        // oxlint-disable-next-line no-control-regex
        expect(path).not.toMatch(/[\0-\x1f\\\u202e]|^[a-z]:|(^|\/)\.\.?(\/|$)/i);
      } catch (error) {
        expect((error as { code?: string }).code, String(error)).toBe('UnsafeArchive');
      }
    });
    expect(accepted).toBeGreaterThan(100);
  });
});
