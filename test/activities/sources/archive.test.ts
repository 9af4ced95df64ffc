import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveSource } from '../../../activities/sources/archive.ts';
import { ARCHIVE_LIMITS, type ArchiveLimits } from '../../../activities/sources/archives/entry.ts';
import type { SourceItem } from '../../../activities/sources/source.ts';
import { createRandom } from '../../../ml/random.ts';
import { picture, pngOf, readAll, testContext } from './context.ts';
import { makeTar, makeTgz, makeZip, type TarFile, type ZipFile } from './make-archives.ts';

let folder: string;
let serial = 0;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'digitflow-archive-'))));
afterAll(() => rm(folder, { recursive: true }));

async function source(bytes: Uint8Array, limits?: Partial<ArchiveLimits>) {
  const path = join(folder, `archive-${serial++}`);
  await writeFile(path, bytes);
  return archiveSource({ path, dataRoots: [folder], limits: { ...ARCHIVE_LIMITS, ...limits } });
}

const good = ['0', '1', '2'].flatMap((name, label) =>
  [1, 2, 3].map((i) => ({ name: `set/${name}/img00${label}-0000${i}.png`, bytes: pngOf(label * 10 + i) })),
);
const makers = { '.zip': makeZip, '.tar': makeTar, '.tgz': makeTgz } as const;

function expectGood(items: SourceItem[]): void {
  expect(items.map(({ name }) => name)).toEqual(good.map(({ name }) => name.slice('set/'.length)));
  items.forEach((item, i) => {
    expect(item).toMatchObject({
      className: String(Math.floor(i / 3)),
      source: 'archive',
      group: 'typeface 1',
      image: picture(Math.floor(i / 3) * 10 + (i % 3) + 1),
    });
  });
}

describe.each(Object.entries(makers))('a %s', (_, make) => {
  const entries = (files: (ZipFile & TarFile)[]) => make([{ name: 'set/', type: '5' }, ...files] as never);

  it('gives its images in order', async () => {
    const { opened, items } = await readAll(await source(entries([...good, { name: 'set/.DS_Store' }])));
    expect(opened).toMatchObject({ classes: ['0', '1', '2'], total: 9 });
    expectGood(items);
  });

  it('gives the same from parts in the store, however they are cut', async () => {
    const bytes = entries(good);
    for (const sizeBytes of [1, 7, 333, 5000]) {
      const context = testContext();
      const parts = [];
      for (let at = 0; at < bytes.length; at += sizeBytes) {
        parts.push(await context.write(bytes.subarray(at, at + sizeBytes)));
      }
      if (sizeBytes === 1 && bytes.length > 3000) continue;
      expectGood((await readAll(archiveSource({ parts, name: 'a', dataRoots: [] }), context)).items);
    }
  });

  it('sets aside what is no image, and says why', async () => {
    const bad = [
      { name: 'set/0/empty.png', bytes: new Uint8Array(0) },
      { name: 'set/0/text.png', bytes: Buffer.from('not an image at all') },
      { name: 'set/1/cut.png', bytes: pngOf(3).subarray(0, 40) },
      { name: 'README', bytes: Buffer.from('read me') },
    ];
    const { items } = await readAll(await source(entries([...good, ...bad])));
    expect(items.flatMap((item) => ('rejected' in item ? [[item.name, item.rejected.reason]] : []))).toEqual([
      ['0/empty.png', 'empty'],
      ['0/text.png', 'not-an-image'],
      ['1/cut.png', 'unreadable'],
      ['README', 'outside-class-folder'],
    ]);
  });

  it.each([
    ['../evil.png', 'UnsafeArchive', /leaves the archive/],
    ['set/../../evil.png', 'UnsafeArchive', /leaves the archive/],
    ['/etc/evil.png', 'UnsafeArchive', /absolute/],
    ['c:/evil.png', 'UnsafeArchive', /drive letter/],
    ['set\\0\\evil.png', 'UnsafeArchive', /backslash/],
    ['./c:/evil.png', 'UnsafeArchive', /drive letter/],
    ['.//c:evil.png', 'UnsafeArchive', /drive letter/],
    ['C:\\evil.png', 'UnsafeArchive', /drive letter/],
    ['//server/share/evil.png', 'UnsafeArchive', /absolute/],
    ['\\\\server\\share\\evil.png', 'UnsafeArchive', /absolute/],
    ['set/..\\..\\evil.png', 'UnsafeArchive', /backslash/],
    ['set/0/..', 'UnsafeArchive', /leaves the archive/],
    ['．．/evil.png', 'UnsafeArchive', /look-alike/],
    ['‥/evil.png', 'UnsafeArchive', /look-alike/],
    ['set／..／evil.png', 'UnsafeArchive', /look-alike/],
    ['set＼evil.png', 'UnsafeArchive', /look-alike/],
    ['ｃ：/evil.png', 'UnsafeArchive', /look-alike/],
    ['set/0/\u202egnp.exe', 'UnsafeArchive', /control character/],
    ['set/0/ev\x7fil.png', 'UnsafeArchive', /control character/],
    ['set/0/ev\u0085il.png', 'UnsafeArchive', /control character/],
    ['set/0/ev\nil.png', 'UnsafeArchive', /control character/],
    [Buffer.from([0x73, 0xe9, 0x74]), 'NameNotUtf8', /UTF-8/],
  ])('refuses the name %j', async (name, code, message) => {
    const opening = readAll(await source(entries([...good, { name, bytes: pngOf(1) }])));
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message), retryable: false });
  });

  it.each([
    ['to an absolute path', '2', '/etc/passwd'],
    ['to a path outside', '2', '../../../etc/passwd'],
    ['to a file of the archive', '2', 'set/0/img000-00001.png'],
    ['of the hard kind', '1', '/etc/passwd'],
  ])('refuses a link %s', async (_, type, target) => {
    const link = { name: 'set/0/link.png', type, link: target, unixMode: 0o120777 };
    await expect(readAll(await source(entries([...good, link])))).rejects.toMatchObject({
      code: 'UnsafeArchive',
      message: expect.stringMatching(/got a link/),
    });
  });

  it('refuses too many entries, too many bytes and too high a ratio', async () => {
    const blank = { name: 'set/0/blank.png', bytes: new Uint8Array(300_000) };
    const refused = async (limits: Partial<ArchiveLimits>) =>
      expect(readAll(await source(entries([...good, blank]), limits))).rejects.toMatchObject({
        code: 'DecompressionBomb',
      });
    await refused({ entries: 9 });
    await refused({ totalBytes: 200_000 });
    if (make !== makeTar) await refused({ ratio: 10, freeBytes: 1000 });
  });

  it('refuses every archive that is cut short', async () => {
    const bytes = entries(good);
    const last = make === makeTar ? bytes.length - 1024 : bytes.length; // one of the two end blocks of a .tar is enough
    for (let end = 0; end < last; end += Math.ceil(bytes.length / 40)) {
      const opening = readAll(await source(bytes.subarray(0, end)));
      await expect(opening).rejects.toMatchObject({ code: expect.stringMatching(/^(DamagedArchive|EmptyDataset)$/) });
    }
  });

  it('never fails but by its own errors when bytes are damaged', async () => {
    const bytes = entries(good);
    const random = createRandom(9, bytes.length);
    for (let round = 0; round < 60; round++) {
      const damaged = Uint8Array.from(bytes);
      for (let i = 0; i <= random.integer(4); i++) damaged[random.integer(bytes.length)] = random.integer(256);
      try {
        await readAll(await source(damaged, { totalBytes: 1e7 }));
      } catch (error) {
        expect((error as { code: string }).code, String(error)).toMatch(
          /^(DamagedArchive|UnsafeArchive|NameNotUtf8|DecompressionBomb|EncryptedArchive|EmptyDataset|EmptyClass|WrongClassCount)$/,
        );
      }
    }
  });

  it('with an empty class folder or a single class is refused', async () => {
    await expect(
      readAll(await source(entries([...good, { name: 'set/3/', type: '5', unixMode: 0o040755 }]))),
    ).rejects.toMatchObject({ code: 'EmptyClass' });
    await expect(readAll(await source(entries(good.slice(0, 3))))).rejects.toMatchObject({ code: 'WrongClassCount' });
    await expect(readAll(await source(entries([])))).rejects.toMatchObject({ code: 'EmptyDataset' });
  });
});

describe('a .zip', () => {
  it('with a password is refused', async () => {
    const locked = { name: 'set/0/a.png', bytes: pngOf(1), flags: 0x801 };
    await expect(readAll(await source(makeZip([...good, locked])))).rejects.toMatchObject({ code: 'EncryptedArchive' });
    const strong = { ...locked, flags: 0x841 };
    await expect(readAll(await source(makeZip([...good, strong])))).rejects.toMatchObject({ code: 'EncryptedArchive' });
  });

  it('sets aside files whose size, checksum or method lies', async () => {
    const bytes = pngOf(1, 20);
    const lies = [
      { name: 'set/0/size.png', bytes, declaredSize: bytes.length - 1 },
      { name: 'set/0/crc.png', bytes, declaredCrc: 1 },
      { name: 'set/0/method.png', bytes, method: 12 },
    ];
    const { items } = await readAll(await source(makeZip([...good, ...lies])));
    const rejected = items.flatMap((item) => ('rejected' in item ? [item] : []));
    expect(rejected.map(({ rejected: { reason } }) => reason)).toEqual(['unreadable', 'unreadable', 'unreadable']);
  });
});

describe('a .tar', () => {
  it('with a device or a second layer of gzip is refused', async () => {
    await expect(readAll(await source(makeTar([...good, { name: 'set/0/d', type: '3' }])))).rejects.toMatchObject({
      code: 'UnsafeArchive',
    });
    await expect(readAll(await source(gzipSync(makeTgz(good))))).rejects.toMatchObject({ code: 'DamagedArchive' });
  });
});

describe('the path of an archive', () => {
  it('must lie under an allowed root, after links', async () => {
    const path = join(folder, 'outside.tar');
    await writeFile(path, makeTar(good));
    const root = await mkdtemp(join(folder, 'root-'));
    await symlink(path, join(root, 'link.tar'));
    for (const [asked, roots, code] of [
      [path, [root], 'SourceNotAllowed'],
      [join(root, 'link.tar'), [root], 'SourceNotAllowed'],
      [join(root, '..', 'outside.tar'), [root], 'SourceNotAllowed'],
      [path, [], 'SourceNotAllowed'],
      [`${root}-other`, [root], 'SourceNotAllowed'],
      [join(root, 'none.tar'), [root], 'SourceNotFound'],
      [root, [folder], 'SourceNotFound'],
    ] as const) {
      await expect(readAll(archiveSource({ path: asked, dataRoots: roots }))).rejects.toMatchObject({ code });
    }
  });

  it('does not stand in the identity, its content does', async () => {
    const [a, b] = [await source(makeTar(good)), await source(makeTar(good))];
    const context = testContext();
    expect(await a.identity(context)).toEqual(await b.identity(context));
    expect(await a.identity(context)).not.toEqual(await (await source(makeTgz(good))).identity(context));
  });
});
