import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchFolder, writeProgram } from './support/files.ts';
import { installPackages, packagesInstalled } from './support/setup-modules.ts';

interface Locked {
  version?: string;
  integrity?: string;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
}

const LOCK = {
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/for-another-platform': { version: '1.0.0', optional: true },
  },
};

async function checkout({ lock = LOCK }: { lock?: object } = {}): Promise<string> {
  const root = await scratchFolder();
  await mkdir(join(root, 'node_modules'));
  await writeFile(join(root, 'package-lock.json'), JSON.stringify(lock));
  return root;
}

async function installedByHand(root: string, packages: Record<string, Locked>): Promise<boolean> {
  await writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  return packagesInstalled(root);
}

describe('the packages', () => {
  test('are installed when npm left what package-lock.json says, but for other platforms', async () => {
    const root = await checkout();
    expect(await packagesInstalled(root)).toBe(false);
    expect(await installedByHand(root, { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } })).toBe(true);
    expect(await installedByHand(root, { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-b' } })).toBe(false);
    expect(await installedByHand(root, {})).toBe(false);
  });

  test('are installed once by npm ci without scripts, and again when package-lock.json changes', async () => {
    const root = await checkout();
    const environment = await withNpm(root, ['echo "$@" >> npm-was-called']);
    const say = (): void => {};
    expect(await installPackages({ root, environment, say })).toBe(true);
    expect(await installPackages({ root, environment, say })).toBe(false);
    await writeFile(
      join(root, 'package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { version: '2' } } }),
    );
    expect(await packagesInstalled(root)).toBe(false);
    expect(await installPackages({ root, environment, say })).toBe(true);
    const calls = (await readFile(join(root, 'npm-was-called'), 'utf8')).trim().split('\n');
    expect(calls).toEqual(Array.from({ length: 2 }, () => 'ci --ignore-scripts --no-audit --no-fund'));
  });

  test('that npm could not install are not taken for installed, and the error says what npm said', async () => {
    const root = await checkout();
    const environment = await withNpm(root, ['echo "npm error code ENOTFOUND" >&2', 'exit 1']);
    const asked = installPackages({ root, environment, say: () => {} });
    await expect(asked).rejects.toThrow(/npm ci failed[^]*npm error code ENOTFOUND[^]*To fix it: npm start/);
    expect(await packagesInstalled(root)).toBe(false);
    await expect(access(join(root, 'node_modules', '.digitflow-packages'))).rejects.toThrow('ENOENT');
  });
});

test('package-lock.json names the packages of every platform, or npm ci would refuse it elsewhere', async () => {
  const lock = JSON.parse(await readFile(join(import.meta.dirname, '..', '..', '..', 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const exact = Object.values(lock.packages)
    .flatMap(({ optionalDependencies = {} }) => Object.entries(optionalDependencies))
    .filter(([, version]) => /^\d/.test(version));
  const missing = exact.filter(
    ([name]) => !Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`)),
  );
  expect(exact.length).toBeGreaterThan(50);
  expect(missing).toEqual([]);
});

/** An npm that is a few lines of shell. */
async function withNpm(root: string, lines: readonly string[]): Promise<Record<string, string>> {
  const bin = join(root, 'bin');
  await mkdir(bin, { recursive: true });
  await writeProgram(join(bin, 'npm'), lines);
  return {
    HOME: root,
    DIGITFLOW_CACHE: join(root, 'cache'),
    PATH: [bin, process.env['PATH']].join(delimiter),
  };
}
