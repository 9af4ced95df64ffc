import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from './support/files.ts';
import { cacheFolder, openCache, publishEntry, readEntry, withFileLock } from './support/setup-modules.ts';

const ABOUT = { component: 'server', version: '1.0', way: 'go build', detail: 'from here' };

async function folderWith(folder: string, files: Record<string, string>): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

describe('the cache folder', () => {
  test('is DIGITFLOW_CACHE, else under XDG_CACHE_HOME, else under the home', () => {
    expect(cacheFolder({ DIGITFLOW_CACHE: '/a/b', XDG_CACHE_HOME: '/c', HOME: '/home/me' })).toBe('/a/b');
    expect(cacheFolder({ XDG_CACHE_HOME: '/c', HOME: '/home/me' })).toBe('/c/digitflow');
    expect(cacheFolder({ XDG_CACHE_HOME: 'relative', HOME: '/home/me' })).toBe('/home/me/.cache/digitflow');
  });

  test('is readable by its user only, also when it was there before', async () => {
    const cache = join(await scratchFolder(), 'a', 'cache');
    await openCache(cache);
    expect((await stat(cache)).mode & 0o777).toBe(0o700);
    await chmod(cache, 0o755);
    await openCache(cache);
    expect((await stat(cache)).mode & 0o777).toBe(0o700);
  });
});

describe('an entry', () => {
  test('is whole or not there: a missing or cut file shows', async () => {
    const root = await scratchFolder();
    const entry = join(root, 'server', '1.0');
    await expect(readEntry(entry)).rejects.toThrow(`nothing at ${entry}`);
    await publishEntry(await folderWith(join(root, 'made'), { server: 'program', notes: 'x' }), entry, ABOUT);
    expect(await readEntry(entry)).toMatchObject({ version: '1.0', files: { server: 7, notes: 1 } });
    await writeFile(join(entry, 'server'), 'prog');
    await expect(readEntry(entry)).rejects.toThrow('expected 7 bytes, got 4');
    await rm(join(entry, 'server'));
    await expect(readEntry(entry)).rejects.toThrow('expected 7 bytes, got none');
  });

  test('that is whole is kept when a second one comes; a broken one is replaced', async () => {
    const root = await scratchFolder();
    const entry = join(root, 'server', '1.0');
    await publishEntry(await folderWith(join(root, 'first'), { server: 'first' }), entry, ABOUT);
    await publishEntry(await folderWith(join(root, 'second'), { server: 'second!' }), entry, ABOUT);
    expect(await readFile(join(entry, 'server'), 'utf8')).toBe('first');
    await writeFile(join(entry, 'server'), 'broken');
    await publishEntry(await folderWith(join(root, 'third'), { server: 'third' }), entry, ABOUT);
    expect(await readFile(join(entry, 'server'), 'utf8')).toBe('third');
    expect(await readdir(root)).toEqual(['server']);
    expect(await readdir(join(root, 'server'))).toEqual(['1.0']);
  });
});

describe('the lock', () => {
  test('lets one in at a time', async () => {
    const file = join(await scratchFolder(), 'locks', 'x.lock');
    let inside = 0;
    let most = 0;
    const enter = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await delay(20);
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withFileLock(file, enter)));
    expect(most).toBe(1);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('of a process that is gone, or silent for long, is taken over', async () => {
    const file = join(await scratchFolder(), 'x.lock');
    await writeFile(file, `${hostname()} 999999999 token`);
    expect(await withFileLock(file, async () => 'in')).toBe('in');
    await writeFile(file, 'another-host 1 token');
    await utimes(file, new Date(), new Date(Date.now() - 60_000));
    expect(await withFileLock(file, async () => 'in')).toBe('in');
  });

  test('is given back when the work fails', async () => {
    const file = join(await scratchFolder(), 'x.lock');
    await expect(withFileLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withFileLock(file, async () => 'in')).toBe('in');
  });
});
