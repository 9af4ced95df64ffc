// The code that runs is the code that is named: each step's entry is bundled (own code in, packages outside) into a file
// called by its sha256, and that file is what threads and children execute. Its identity stands in every step key, so a
// changed line reruns exactly the steps whose bundle it changes.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import type { CodeUnit } from '../activities/code-units.ts';
import { packageClosure, type PackageLock } from './package-closure.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Bundles entries side by side.
 * @param root the checkout; module paths in bundles are relative to it, so equal code has equal bytes everywhere
 * @param entries name → path relative to root
 * @returns name → unit; files lie under node_modules/.cache so that their packages resolve as the checkout's do
 */
export async function bundleCode<Name extends string>(
  root: string,
  entries: Record<Name, string>,
): Promise<Record<Name, CodeUnit>> {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as PackageLock;
  const folder = path.join(root, 'node_modules', '.cache', 'digitflow', 'code');
  await mkdir(folder, { recursive: true });
  const units = await Promise.all(
    Object.entries<string>(entries).map(
      async ([name, entry]) => [name, await bundleOne({ root, entry, folder, lock })] as const,
    ),
  );
  return Object.fromEntries(units) as Record<Name, CodeUnit>;
}

interface BundleOptions {
  root: string;
  entry: string;
  folder: string;
  lock: PackageLock;
}

async function bundleOne({ root, entry, folder, lock }: BundleOptions): Promise<CodeUnit> {
  const result = await build(bundleOptions(root, entry));
  const bytes = result.outputFiles[0]!.contents;
  const bundle = sha256(bytes);
  const file = path.join(folder, `${path.basename(entry, '.ts')}-${bundle.slice(0, 32)}.mjs`);
  await writeOnce(file, bytes);
  const modules: Record<string, string> = {};
  for (const module of modulesIn(result.metafile)) modules[module] = sha256(await readFile(path.join(root, module)));
  const packages = sha256(packageClosure(lock, externalPackages(result.metafile)).join('\n'));
  return { file, identity: { bundle, packages, modules } };
}

/** Own code in, packages outside, nothing written. */
export const bundleOptions = (root: string, entry: string) =>
  ({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    keepNames: true,
    legalComments: 'none',
    logLevel: 'silent',
  }) satisfies BuildOptions;

/** Two workers that start at once write the same bytes under the same name; a rename lets neither see half a file. */
export async function writeOnce(file: string, bytes: Uint8Array): Promise<void> {
  const present = await stat(file).catch(() => undefined);
  if (present?.size === bytes.byteLength && sha256(await readFile(file)) === sha256(bytes)) return;
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, bytes);
  await rename(temporary, file);
}

/** Own modules that left bytes in the bundle; what tree-shaking dropped can't change a result. */
function modulesIn({ outputs }: Metafile): string[] {
  return Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([module]) => module)
    .sort();
}

function externalPackages({ outputs }: Metafile): string[] {
  const names = new Set<string>();
  for (const { imports } of Object.values(outputs))
    for (const { path: name, external } of imports) {
      if (!external || name.startsWith('node:')) continue;
      const parts = name.split('/');
      names.add(name.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!);
    }
  return [...names].sort();
}
