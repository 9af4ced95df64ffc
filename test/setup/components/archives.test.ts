import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tarGzOf, zipOf } from './support/archives.ts';
import { scratchFolder } from './support/files.ts';
import { untarMember, unzip } from './support/setup-modules.ts';

const everything = (name: string): string => name;

async function zipFile(...members: Parameters<typeof zipOf>[0]): Promise<{ file: string; to: string }> {
  const folder = await scratchFolder();
  const file = join(folder, 'some.zip');
  await writeFile(file, zipOf(members));
  return { file, to: join(folder, 'out') };
}

describe('unzip', () => {
  test('unpacks stored, deflated and empty entries, and keeps what may be run', async () => {
    const long = 'digit '.repeat(100_000);
    const { file, to } = await zipFile(
      { name: 'go/bin/go', content: 'run me', stored: true, executable: true },
      { name: 'go/doc.txt', content: long },
      { name: 'go/empty', content: '' },
      { name: 'go/folder/', content: '', stored: true },
    );
    expect(await unzip(file, { to, place: everything })).toEqual(['go/bin/go', 'go/doc.txt', 'go/empty']);
    expect(await readFile(join(to, 'go/bin/go'), 'utf8')).toBe('run me');
    expect((await stat(join(to, 'go/bin/go'))).mode & 0o111).not.toBe(0);
    expect((await stat(join(to, 'go/doc.txt'))).mode & 0o111).toBe(0);
    expect(await readFile(join(to, 'go/doc.txt'), 'utf8')).toBe(long);
    expect((await stat(join(to, 'go/empty'))).size).toBe(0);
  });

  test('unpacks only what is asked for, to where it is asked', async () => {
    const { file, to } = await zipFile({ name: 'a/wanted.so', content: '1' }, { name: 'a/other.py', content: '2' });
    const place = (name: string): string | undefined => (name.endsWith('.so') ? 'wanted.so' : undefined);
    expect(await unzip(file, { to, place })).toEqual(['wanted.so']);
    await expect(stat(join(to, 'a'))).rejects.toThrow('ENOENT');
  });

  test.for(['../outside', '/etc/outside', 'a/../../outside', 'a\\..\\outside'])('refuses the path %s', async (name) => {
    const { file, to } = await zipFile({ name, content: 'x' });
    await expect(unzip(file, { to, place: everything })).rejects.toThrow('expected paths inside the folder');
  });

  test('refuses a file that is no zip, and one that is cut off', async () => {
    const { file, to } = await zipFile({ name: 'a', content: 'x'.repeat(5_000), stored: true });
    const whole = (await stat(file)).size;
    await truncate(file, whole - 30);
    await expect(unzip(file, { to, place: everything })).rejects.toThrow('expected a zip file');
    await writeFile(file, 'no zip at all, but long enough to look like one');
    await expect(unzip(file, { to, place: everything })).rejects.toThrow('expected a zip file');
  });

  test('refuses an entry that unpacks to another size than it says', async () => {
    const { file, to } = await zipFile({ name: 'a', content: 'x'.repeat(5_000) });
    const bytes = await readFile(file);
    const directory = bytes.indexOf('PK\x01\x02');
    for (const [size, error] of [
      [4_999, 'expected 4999 bytes, got 5000'],
      [4_000, 'expected 4000 bytes, got Cannot create a Buffer larger'],
    ] as const) {
      bytes.writeUInt32LE(size, directory + 24);
      await writeFile(file, bytes);
      await expect(unzip(file, { to, place: everything })).rejects.toThrow(error);
    }
  });
});

describe('untarMember', () => {
  test('takes one file out, in one piece and executable', async () => {
    const folder = await scratchFolder();
    const content = Buffer.alloc(1_000_001, 'temporal');
    const archive = tarGzOf([
      { name: 'LICENSE', content: 'MIT' },
      { name: 'dist/temporal', content },
    ]);
    await writeFile(join(folder, 'a.tar.gz'), archive);
    await untarMember(join(folder, 'a.tar.gz'), 'temporal', join(folder, 'temporal'));
    expect(content.equals(await readFile(join(folder, 'temporal')))).toBe(true);
    expect((await stat(join(folder, 'temporal'))).mode & 0o111).not.toBe(0);
  });

  test('says which file is missing, or that the archive is cut off', async () => {
    const folder = await scratchFolder();
    await mkdir(folder, { recursive: true });
    const file = join(folder, 'a.tar.gz');
    const archive = tarGzOf([
      { name: 'temporal', content: Buffer.from(Array.from({ length: 9_000 }, (_, i) => i % 251)) },
    ]);
    await writeFile(file, archive);
    await expect(untarMember(file, 'minio', join(folder, 'x'))).rejects.toThrow(
      'expected a file named minio, found none',
    );
    await writeFile(file, archive.subarray(0, archive.length - 100));
    await expect(untarMember(file, 'temporal', join(folder, 'x'))).rejects.toThrow(/cut off|whole \.tar\.gz/);
  });
});
