import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderSource } from '../../../activities/sources/folder.ts';
import { pngOf, readAll, testContext } from './context.ts';

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'digitflow-folder-'))));
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), bytes);
}

const source = (path = root) => folderSource({ path, dataRoots: [root] });

async function putGood(): Promise<void> {
  for (const [folder, label] of [
    ['Sample002', 1],
    ['Sample001', 0],
    ['shapes', 2],
  ] as const) {
    for (const i of [2, 1]) await put(`${folder}/${i}.png`, pngOf(label * 10 + i));
  }
}

describe('a folder', () => {
  it('hands over every file as it was read, those it sets aside and links among them', async () => {
    await putGood();
    await put('readme.txt', Buffer.from('about'));
    await symlink(join(root, 'readme.txt'), join(root, 'shapes', 'link.png'));
    const context = testContext();
    await readAll(source(), context);
    expect([...context.kept.keys()]).toEqual([
      'Sample001/1.png',
      'Sample001/2.png',
      'Sample002/1.png',
      'Sample002/2.png',
      'readme.txt',
      'shapes/1.png',
      'shapes/2.png',
      'shapes/link.png',
    ]);
    expect(context.kept.get('shapes/1.png')).toEqual(Buffer.from(pngOf(21)));
    expect(context.kept.get('readme.txt')).toEqual(Buffer.from('about'));
    expect(context.kept.get('shapes/link.png')).toBeNull();
  });

  it('gives its images by path, whatever order the disk lists them in', async () => {
    await putGood();
    await put('.hidden/a.png', pngOf(1));
    const { opened, items } = await readAll(source());
    expect(opened).toMatchObject({ classes: ['0', '1', 'shapes'], total: 6 });
    expect(items.map(({ name }) => name)).toEqual([
      'Sample001/1.png',
      'Sample001/2.png',
      'Sample002/1.png',
      'Sample002/2.png',
      'shapes/1.png',
      'shapes/2.png',
    ]);
  });

  it('sets aside links, huge files and files that are no image', async () => {
    await putGood();
    await symlink('/etc/hostname', join(root, 'Sample001/link.png'));
    await put('Sample001/text.png', Buffer.from('text'));
    await put('Sample001/huge.png', new Uint8Array(1));
    await truncate(join(root, 'Sample001/huge.png'), 2 ** 31);
    const { items } = await readAll(source());
    expect(items.flatMap((item) => ('rejected' in item ? [[item.name, item.rejected.reason]] : []))).toEqual([
      ['Sample001/huge.png', 'too-large'],
      ['Sample001/link.png', 'not-a-plain-file'],
      ['Sample001/text.png', 'not-an-image'],
    ]);
  });

  it('has an identity that changes with any byte and any name, and with nothing else', async () => {
    await putGood();
    const identity = () => source().identity(testContext());
    const first = await identity();
    await put('Sample001/1.png', pngOf(1));
    expect(await identity()).toEqual(first);
    await put('Sample001/1.png', pngOf(99));
    const second = await identity();
    expect(second).not.toEqual(first);
    await rm(join(root, 'Sample001/1.png'));
    await put('Sample001/3.png', pngOf(99));
    expect(await identity()).not.toEqual(second);
  });

  it('is refused when a class folder is empty, a name is not UTF-8, or the path is not a folder', async () => {
    await putGood();
    await expect(readAll(source(join(root, 'Sample001/1.png')))).rejects.toMatchObject({ code: 'SourceNotFound' });
    await expect(readAll(source(join(root, 'none')))).rejects.toMatchObject({ code: 'SourceNotFound' });
    await mkdir(join(root, 'Sample003'));
    await expect(readAll(source())).rejects.toMatchObject({ code: 'EmptyClass' });
    await rm(join(root, 'Sample003'), { recursive: true });
    await writeFile(Buffer.concat([Buffer.from(`${root}/Sample001/`), Buffer.from([0xff, 0xfe])]), 'x');
    await expect(readAll(source())).rejects.toMatchObject({ code: 'NameNotUtf8', retryable: false });
  });
});
