// The npm packages of this checkout, by `npm ci --ignore-scripts`: native steps are taken by the components, explicitly.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder, openCache } from './shared/cache.mjs';
import { WayFailed } from './shared/errors.mjs';
import { withFileLock } from './shared/file-lock.mjs';
import { findOnPath, runProgram } from './shared/programs.mjs';
import { explainSystemError, NETWORK_FIX } from './shared/system-errors.mjs';

const STAMP = join('node_modules', '.digitflow-packages');
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|network/;

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage */

/**
 * Whether node_modules is what package-lock.json says: stamped by this setup, or installed alike by hand.
 * @param {string} root the checkout
 * @returns {Promise<boolean>}
 */
export async function packagesInstalled(root) {
  const lock = await readFile(join(root, 'package-lock.json'));
  const stamp = await readFile(join(root, STAMP), 'utf8').catch(() => undefined);
  if (stamp !== undefined) return stamp === digest(lock);
  const installed = await readFile(join(root, 'node_modules', '.package-lock.json'), 'utf8').catch(() => undefined);
  return installed !== undefined && agree(JSON.parse(lock.toString()).packages, JSON.parse(installed).packages);
}

/**
 * Installs the packages. Safe to repeat; two at once in one checkout wait for each other.
 * @param {{
 *   root: string, environment: Record<string, string | undefined>, signal?: AbortSignal | undefined,
 *   say: (doing: string) => void,
 * }} options
 * @returns {Promise<boolean>} false when another process had installed them meanwhile
 * @throws WayFailed
 */
export async function installPackages({ root, environment, signal, say }) {
  const cache = cacheFolder(environment);
  try {
    await openCache(cache);
    const lock = join(cache, 'locks', `packages-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`);
    const onWait = (/** @type {string} */ holder) => say(`waiting for another npm ci (${holder})`);
    return await withFileLock(lock, () => install({ root, environment, signal, say }), { signal, onWait });
  } catch (error) {
    throw explainSystemError(error);
  }
}

/** @param {Parameters<typeof installPackages>[0]} options */
async function install({ root, environment, signal, say }) {
  if (await packagesInstalled(root)) return false;
  const npm = await npmCommand(environment);
  say('npm ci');
  try {
    await runProgram(npm.command, [...npm.args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: root,
      environment,
      signal,
    });
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
    const fix = OFFLINE.test(error.message) ? NETWORK_FIX : 'npm ci --ignore-scripts    (shows npm’s own words)';
    throw new WayFailed(`npm ci failed in ${root}\n${error.message}\nTo fix it: ${fix}`, { fix, cause: error });
  }
  // Last, so that an interrupted npm ci is done again.
  await writeFile(join(root, STAMP), digest(await readFile(join(root, 'package-lock.json'))));
  return true;
}

/**
 * The npm that runs this, else the one on PATH, else the one beside this Node.
 * @param {Record<string, string | undefined>} environment
 */
async function npmCommand(environment) {
  const running = environment['npm_execpath'];
  // Set by other package managers too, whose `ci` is something else.
  if (running?.endsWith('npm-cli.js')) return { command: process.execPath, args: [running] };
  const PATH = [environment['PATH'] ?? '', dirname(process.execPath)].join(delimiter);
  const command = await findOnPath('npm', { PATH });
  if (command === undefined)
    throw new WayFailed('no npm on PATH\nTo fix it: install Node with npm (https://nodejs.org)');
  return { command, args: [] };
}

/**
 * @param {Record<string, LockedPackage>} wanted
 * @param {Record<string, LockedPackage>} installed
 */
function agree(wanted, installed) {
  return Object.entries(wanted).every(([path, { version, integrity, optional = false, link = false }]) => {
    if (path === '' || link) return true;
    const there = installed[path];
    // Optional packages are those of other platforms.
    if (there === undefined) return optional;
    return there.version === version && (integrity === undefined || there.integrity === integrity);
  });
}

/** @param {Buffer} lock */
function digest(lock) {
  return createHash('sha256').update(lock).digest('hex');
}
