// The code that runs is the code that is named: each step's entry is bundled (own code in, packages outside) into a file
// called by its sha256, and that file is what threads and children execute. Its identity stands in every step key, so a
// changed line reruns exactly the steps whose bundle it changes.

import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';
import type { CodeUnit } from '../activities/code-units.ts';
import { canonicalDigest } from '../artifacts/canonical.ts';
import { freshBundle, type BundleNote } from '../setup/bundles/fresh-bundle.mjs';
import { notedSources } from '../setup/bundles/noted-sources.ts';
import { writeOnce } from '../setup/bundles/write-once.ts';
import { packageClosure, type PackageLock } from './package-closure.ts';

/** Tells two pieces of one module apart in a record that a person may read. */
const SHORT_DIGEST = 16;
const SHORT_INTEGRITY = 'sha512-'.length + 12;

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** A unit, and every own file that was read for it → SHA-256 of the bytes that were compiled. */
export interface BundledUnit extends CodeUnit {
  sources: Record<string, string>;
}

/**
 * Bundles entries side by side.
 * @param root the checkout; module paths in bundles are relative to it, so equal code has equal bytes everywhere
 * @param entries name → path relative to root
 * @returns name → unit; files lie under node_modules/.cache so that their packages resolve as the checkout's do
 */
export async function bundleCode<Name extends string>(
  root: string,
  entries: Record<Name, string>,
): Promise<Record<Name, BundledUnit>> {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as PackageLock;
  const folder = path.join(root, 'node_modules', '.cache', 'digitflow', 'code');
  await mkdir(folder, { recursive: true });
  const units = await Promise.all(
    Object.entries<string>(entries).map(
      async ([name, entry]) => [name, await bundleOne({ root, entry, folder, lock })] as const,
    ),
  );
  return Object.fromEntries(units) as Record<Name, BundledUnit>;
}

interface BundleOptions {
  root: string;
  entry: string;
  folder: string;
  lock: PackageLock;
}

/** How units are made decides what comes out, too; the lock file names the compiler, and every package a unit reaches. */
const OWN_SOURCES = ['package-lock.json', 'tsconfig.json', 'workers/code.ts', 'setup/bundles/noted-sources.ts'];

/** A unit that was bundled before, while every byte it was made of is the same: 10 ms instead of a compiler's half second. */
async function bundleOne(options: BundleOptions): Promise<BundledUnit> {
  const { root, entry, folder } = options;
  const noteFile = path.join(folder, `${canonicalDigest(entry).slice(0, 16)}.json`);
  const file = await freshBundle(root, folder, noteFile);
  if (file !== undefined) {
    const { identity, sources } = JSON.parse(await readFile(noteFile, 'utf8')) as UnitNote;
    return { file, identity, sources };
  }
  const own: Record<string, string> = {};
  for (const source of OWN_SOURCES) own[source] = await digestOf(path.join(root, source)); // before anything is compiled
  const unit = await compileUnit(options);
  const name = path.basename(unit.file);
  const note: UnitNote = {
    entry: name,
    outputs: { [name]: unit.identity.bundle },
    sources: { ...own, ...unit.sources },
    identity: unit.identity,
  };
  await writeOnce(noteFile, Buffer.from(JSON.stringify(note)));
  return unit;
}

interface UnitNote extends BundleNote {
  identity: BundledUnit['identity'];
}

/** A file that isn't there has no digest that any file could have. */
const digestOf = (file: string): Promise<string> => readFile(file).then(sha256, () => 'missing');

async function compileUnit({ root, entry, folder, lock }: BundleOptions): Promise<BundledUnit> {
  const sources: Record<string, string> = {};
  const { build } = await import('esbuild'); // where everything stands the compiler isn't even loaded
  const result = await build({ ...bundleOptions(root, entry), plugins: [notedSources(root, sources)] });
  const bytes = result.outputFiles[0]!.contents;
  const bundle = sha256(bytes);
  const file = path.join(folder, `${path.basename(entry, '.ts')}-${bundle.slice(0, 32)}.mjs`);
  await writeOnce(file, bytes);
  const named = modulesIn(result.metafile);
  const modules = Object.fromEntries(named.map((module) => [module, sources[module]!]));
  const pieces = piecesOf(Buffer.from(bytes).toString('utf8'), new Set(named));
  const lines = packageClosure(lock, externalPackages(result.metafile));
  const identity = { bundle, packages: sha256(lines.join('\n')), modules, pieces, closure: closureOf(lines) };
  return { file, identity, sources };
}

/**
 * What each module left in a bundle → the beginning of its SHA-256: a comment, or a function that nobody calls, changes a
 * module and not this. esbuild writes each module's path above its part.
 */
function piecesOf(text: string, modules: ReadonlySet<string>): Record<string, string> {
  const pieces: Record<string, string[]> = {};
  let current: string[] | undefined;
  for (const line of text.split('\n')) {
    const module = line.startsWith('// ') ? line.slice(3) : '';
    if (modules.has(module)) current = pieces[module] ??= [];
    else current?.push(line);
  }
  return Object.fromEntries(
    Object.entries(pieces).map(([module, lines]) => [module, sha256(lines.join('\n')).slice(0, SHORT_DIGEST)]),
  );
}

/** `path version integrity` as path → version and the beginning of the integrity: enough to say which package differs. */
function closureOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [place = '', version = '', integrity = ''] = line.split(' ');
      return [place, `${version} ${integrity.slice(0, SHORT_INTEGRITY)}`.trim()];
    }),
  );
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
