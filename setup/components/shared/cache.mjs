// The user's cache of components, shared by all checkouts. An entry is complete from its first moment: it is made in a
// folder of its own and renamed into place, with a manifest that says which files it has and how large they are.

import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { WayFailed } from './errors.mjs';

const MANIFEST = 'component.json';

/** @typedef {{ component: string, version: string, way: string, detail: string, files: Record<string, number> }} Entry */

/**
 * @param {Record<string, string | undefined>} environment
 * @returns {string} `DIGITFLOW_CACHE`, else `digitflow` under `XDG_CACHE_HOME`, else `~/.cache/digitflow`
 */
export function cacheFolder(environment) {
  const own = environment['DIGITFLOW_CACHE'];
  if (own) return resolve(own);
  const shared = environment['XDG_CACHE_HOME'];
  // The XDG rules: a relative path is to be ignored.
  const base = shared && isAbsolute(shared) ? shared : join(environment['HOME'] || homedir(), '.cache');
  return join(base, 'digitflow');
}

/**
 * Makes the cache folder, readable by its user only: what lies there is run.
 * @param {string} cache
 */
export async function openCache(cache) {
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const { mode, uid } = await stat(cache);
  const me = process.getuid?.();
  if (me !== undefined && uid !== me) {
    throw new WayFailed(`${cache} belongs to user ${uid}, and this is user ${me}: what others can write isn't run`, {
      fix: 'DIGITFLOW_CACHE=/a/folder/of/your/own npm start',
    });
  }
  if ((mode & 0o077) !== 0) await chmod(cache, 0o700);
}

/**
 * Where a component stands in the cache.
 * @param {string} cache
 * @param {{ component: string, version: string, platform: string, abi?: string }} key `abi`: of Node, where it matters
 */
export function entryFolder(cache, { component, version, platform, abi }) {
  return join(cache, component, [version, platform, ...(abi === undefined ? [] : [abi])].join('-'));
}

/**
 * @param {string} folder
 * @returns {Promise<Entry>}
 * @throws WayFailed when there is no entry, or a file of it is missing or has another size
 */
export async function readEntry(folder) {
  /** @type {Entry} */
  let entry;
  try {
    entry = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') throw new WayFailed(`nothing at ${folder}`);
    throw new WayFailed(`${join(folder, MANIFEST)} can't be read`, { cause: error });
  }
  for (const [file, expected] of Object.entries(entry.files)) {
    const actual = await stat(join(folder, file)).then(
      ({ size }) => size,
      () => 'none',
    );
    if (actual !== expected) throw new WayFailed(`${join(folder, file)}: expected ${expected} bytes, got ${actual}`);
  }
  return entry;
}

/**
 * Puts a finished folder into the cache. Whoever comes second keeps the entry that is there, if that is whole.
 * @param {string} made a folder on the cache's file system; gone afterwards
 * @param {string} folder
 * @param {Omit<Entry, 'files'>} about
 * @returns {Promise<Entry>}
 */
export async function publishEntry(made, folder, about) {
  const entry = { ...about, files: await sizes(made) };
  await writeFile(join(made, MANIFEST), `${JSON.stringify(entry, undefined, 2)}\n`);
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  try {
    await rename(made, folder);
    return entry;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) throw error;
  }
  const there = await readEntry(folder).catch(() => undefined);
  if (there !== undefined) {
    await rm(made, { recursive: true, force: true });
    return there;
  }
  await discardEntry(folder);
  await rename(made, folder);
  return entry;
}

/**
 * Takes a broken entry away, in one moment: nobody sees half of it.
 * @param {string} folder
 */
export async function discardEntry(folder) {
  const aside = `${folder}.discarded-${randomBytes(6).toString('hex')}`;
  try {
    await rename(folder, aside);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** @param {string} folder */
async function sizes(folder) {
  /** @type {Record<string, number>} */
  const files = {};
  for (const item of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(item.parentPath, item.name);
    if (item.isFile()) files[relative(folder, path)] = (await lstat(path)).size;
  }
  return files;
}
