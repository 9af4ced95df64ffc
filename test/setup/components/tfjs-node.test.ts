import { lstat, mkdir, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeComponents } from '../../../setup/components/index.mjs';
import { scratchFolder } from './support/files.ts';
import { linkBinding, pinned } from './support/setup-modules.ts';

const IN_PACKAGE = ['node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8'];

async function entryWith(root: string, name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(join(folder, 'lib', 'napi-v8'), { recursive: true });
  await writeFile(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), name);
  return folder;
}

describe('the binding', () => {
  test('is linked into the package, in place of a link or a folder that was there', async () => {
    const root = await scratchFolder();
    const place = join(root, ...IN_PACKAGE);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'tfjs_binding.node'), 'built by hand');
    for (const name of ['first', 'second']) {
      const folder = await entryWith(root, name);
      await linkBinding(root, folder);
      expect(await readlink(place)).toBe(join(folder, 'lib', 'napi-v8'));
      expect(await readFile(join(place, 'tfjs_binding.node'), 'utf8')).toBe(name);
    }
    expect((await lstat(place)).isSymbolicLink()).toBe(true);
    // Where $ORIGIN/../../deps/lib leads from the link: into the entry, not into the package.
    expect(await realpath(join(place, '..', '..'))).not.toBe(join(root, 'first'));
    expect(await realpath(place)).toBe(await realpath(join(root, 'second', 'lib', 'napi-v8')));
  });

  test('stays in the package when the way to it, a cache that only links to another, is removed', async () => {
    const root = await scratchFolder();
    const folder = await entryWith(root, 'entry');
    await symlink(folder, join(root, 'way'));
    await linkBinding(root, join(root, 'way'));
    await rm(join(root, 'way'));
    expect(await readFile(join(root, ...IN_PACKAGE, 'tfjs_binding.node'), 'utf8')).toBe('entry');
  });

  test('of this checkout computes', async () => {
    const found = (await describeComponents()).find(({ name }) => name === 'tfjs-node');
    expect(found).toMatchObject({ found: true, version: expect.stringMatching(/^4\.22\.0 \(libtensorflow /) });
  });

  test('is pinned for the version of the package that is installed', async () => {
    const manifest = JSON.parse(
      await readFile(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8'),
    ) as {
      dependencies: Record<string, string>;
    };
    expect(pinned['tfjsNode']?.['version']).toBe(manifest.dependencies['@tensorflow/tfjs-node']);
  });
});
