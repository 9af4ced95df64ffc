import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extract } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { getBlob, putBlob } from '../../../artifacts/blobs.ts';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import { localDataset, packDataset, PART_BYTES, partsOf } from '../../../cli/dataset/pack.ts';
import { CannotPack, filesOfFolder, tarOf, tarSize } from '../../../cli/dataset/tar.ts';
import { readFileSync } from 'node:fs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'digitflow-pack-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array = name): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

async function tarBytes(root: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarOf(await filesOfFolder(root))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const LONG = `set/${'long-name-'.repeat(14)}.png`;

describe('a folder as a tar', () => {
  test('has equal bytes whatever the order, times and modes of its files', async () => {
    for (const name of ['a/1/x.png', 'a/1/ä.png', 'a/0/z.png', 'b/0/z.png', 'b/1/ä.png', 'b/1/x.png'])
      file(name, name.slice(2));
    utimesSync(join(folder, 'b/1/x.png'), 1, 1);
    expect(await tarBytes(join(folder, 'a'))).toEqual(await tarBytes(join(folder, 'b')));
  });

  test('is what other programs unpack, with long and non-English names', async () => {
    const names = ['0/a.png', '1/äß漢.png', LONG];
    for (const name of names) file(`in/${name}`, `content of ${name}`);
    const bytes = await tarBytes(join(folder, 'in'));
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'in.tar'), bytes);
    await extract({ file: join(folder, 'in.tar'), cwd: join(folder, 'out'), strict: true });
    for (const name of names) expect(readFileSync(join(folder, 'out', name), 'utf8')).toBe(`content of ${name}`);
  });

  test('is as long as was said before', async () => {
    file('0/a.png', 'x'.repeat(512));
    file('0/b.png', '');
    file(LONG, 'y');
    expect((await tarBytes(folder)).length).toBe(tarSize(await filesOfFolder(folder)));
  });

  test('leaves out names that begin with a dot and follows links', async () => {
    file('0/a.png');
    file('0/.DS_Store');
    file('.git/config');
    symlinkSync(join(folder, '0'), join(folder, '1'));
    expect((await filesOfFolder(folder)).map(({ name }) => name)).toEqual(['0/a.png', '1/a.png']);
  });

  test('a link to a folder above it is refused instead of followed for ever', async () => {
    file('0/a.png');
    symlinkSync(folder, join(folder, '0', 'up'));
    await expect(filesOfFolder(folder)).rejects.toThrow(CannotPack);
  });

  test('a file that grows while it is packed is refused', async () => {
    file('0/a.png', 'abc');
    const files = await filesOfFolder(folder);
    file('0/a.png', 'abcdef');
    const pack = async () => {
      for await (const chunk of tarOf(files)) void chunk;
    };
    await expect(pack()).rejects.toThrow(/changed while it was packed/);
  });
});

describe('packing a dataset', () => {
  const store = createMemoryStore();
  const write = async (bytes: Uint8Array) => (await putBlob(store, bytes)).ref;

  test('cuts an archive into parts of 32 MiB that join to the same bytes', async () => {
    const content = Buffer.alloc(PART_BYTES + 1_000, 7);
    content.fill(3, PART_BYTES);
    file('digits.tgz', content);
    const seen: number[] = [];
    const packed = await packDataset(await localDataset('digits.tgz', folder), {
      write,
      progress: ({ done, total }) => seen.push(done / total),
    });
    expect(packed).toMatchObject({ kind: 'archive', name: 'digits.tgz' });
    expect(partsOf(packed).map(({ sizeBytes }) => sizeBytes)).toEqual([PART_BYTES, 1_000]);
    const joined = Buffer.concat(await Promise.all(partsOf(packed).map((part) => getBlob(store, part))));
    expect(joined.equals(content)).toBe(true);
    expect(seen.at(-1)).toBe(1);
  });

  test('the same folder gives the same parts', async () => {
    for (const name of ['0/a.png', '1/b.png']) file(`first/${name}`, name);
    for (const name of ['1/b.png', '0/a.png']) file(`second/${name}`, name);
    const pack = async (name: string) => partsOf(await packDataset(await localDataset(name, folder), { write }));
    expect(await pack('first')).toEqual(await pack('second'));
  });

  test('an IDX file brings its labels, found by name or named', async () => {
    file('train-images-idx3-ubyte.gz', 'images');
    file('train-labels-idx1-ubyte.gz', 'labels');
    file('other', 'others');
    const pack = async (...given: [string, string?]) =>
      packDataset(await localDataset(given[0], folder, given[1]), { write });
    const packed = await pack('train-images-idx3-ubyte.gz');
    expect(packed).toMatchObject({
      kind: 'idx',
      images: { name: 'train-images-idx3-ubyte.gz' },
      labels: { name: 'train-labels-idx1-ubyte.gz' },
    });
    expect(
      await Promise.all(partsOf(packed).map(async (part) => Buffer.from(await getBlob(store, part)).toString())),
    ).toEqual(['images', 'labels']);
    expect(await pack('train-images-idx3-ubyte.gz', 'other')).toMatchObject({ labels: { name: 'other' } });
    file('lonely-images-idx3-ubyte');
    await expect(pack('lonely-images-idx3-ubyte')).rejects.toThrow(/--labels, or lonely-labels-idx1-ubyte beside it/);
    await expect(pack('.', 'other')).rejects.toThrow(/expected an IDX file as --dataset/);
  });

  test.each([
    ['missing.zip', /got no such file/],
    ['digits.rar', /expected an archive named/],
  ])('%s is refused', async (name, message) => {
    file('digits.rar');
    await expect(localDataset(name, folder)).rejects.toThrow(message);
  });

  test('an empty folder and an empty archive are refused', async () => {
    mkdirSync(join(folder, 'empty'));
    file('empty.zip', '');
    const pack = async (name: string) => packDataset(await localDataset(name, folder), { write });
    await expect(pack('empty')).rejects.toThrow(/empty folder/);
    await expect(pack('empty.zip')).rejects.toThrow(/empty file/);
  });

  test('stops when it is interrupted', async () => {
    file('0/a.png');
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(packDataset(await localDataset('.', folder), { write, signal })).rejects.toThrow('stopped');
  });
});
