// Chromium: what the tests of the page drive. Only they need it, so nothing of the stack waits for it.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WayFailed } from './shared/errors.mjs';
import { findOnPath, isExecutable, runProgram } from './shared/programs.mjs';

/** The oldest that the page is built for. */
const OLDEST_MAJOR = 111;
const NAMES = /** @type {const} */ ([
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
]);
/** A browser is some 150 MB: longer than this no line needs that is worth waiting for. */
const DOWNLOAD_MS = 10 * 60_000;
const PACKAGES_MS = 10 * 60_000;

/** @type {import('./shared/ways.mjs').Component} */
export const chromium = {
  name: 'chromium',
  title: 'Chromium',
  variable: 'DIGITFLOW_CHROMIUM',
  key: ({ platform }) => ({ component: 'chromium', version: 'playwright', platform }),
  named: async (value, context) => {
    const executable = resolve(value);
    if (!(await isExecutable(executable))) throw new WayFailed(`expected an executable file at ${executable}`);
    return inspect(executable, context);
  },
  inPlace: [
    { name: 'path', use: onPath },
    { name: 'node_modules', use: fromPlaywright },
  ],
  cached: () => Promise.reject(new WayFailed('left out: browsers are kept by playwright or by the system')),
  makers: [
    { name: 'download', use: downloaded },
    { name: 'apt-get', use: fromDebian },
  ],
};

/**
 * @param {string} executable
 * @param {import('./shared/context.mjs').Context} context
 */
async function inspect(executable, { environment, signal }) {
  const { stdout } = await runProgram(executable, ['--version'], { environment, signal, timeoutMs: 20_000 });
  const [, version, major] = /((\d+)\.[\d.]+)/.exec(stdout) ?? [];
  if (version === undefined) throw new WayFailed(`${executable} --version: expected a version, got ${stdout.trim()}`);
  if (Number(major) < OLDEST_MAJOR)
    throw new WayFailed(`${executable} is ${version}: expected ${OLDEST_MAJOR} or newer`);
  return { version, executable };
}

/** @param {import('./shared/context.mjs').Context} context */
async function onPath(context) {
  const refused = [];
  for (const name of NAMES) {
    const executable = await findOnPath(name, context.environment);
    if (executable === undefined) continue;
    try {
      return await inspect(executable, context);
    } catch (error) {
      // A distribution may have a command of that name that only says how to install it.
      if (!(error instanceof WayFailed)) throw error;
      refused.push(error.message);
    }
  }
  throw new WayFailed(refused.join('\n') || `none of ${NAMES.join(', ')} on PATH`);
}

/**
 * The one that playwright has downloaded before, by this or another checkout.
 * @param {import('./shared/context.mjs').Context} context
 */
async function fromPlaywright(context) {
  if (context.packages.installing) throw new WayFailed('node_modules is being installed anew');
  return inPlaywrightsCache(context);
}

/** @param {import('./shared/context.mjs').Context} context */
async function inPlaywrightsCache(context) {
  await context.packages.ready;
  const executable = (await playwright(context)).chromium.executablePath();
  if (!(await isExecutable(executable))) throw new WayFailed(`nothing at ${executable}`);
  return inspect(executable, context);
}

/**
 * @param {import('./shared/context.mjs').Context} context
 * @returns {Promise<{ chromium: { executablePath(): string } }>}
 */
async function playwright({ root }) {
  try {
    return await import(pathToFileURL(join(root, 'node_modules', 'playwright-core', 'index.mjs')).href);
  } catch (cause) {
    throw new WayFailed('playwright-core is not installed', { cause });
  }
}

/**
 * @param {import('./shared/context.mjs').Context} context
 * @param {import('./shared/ways.mjs').Say} say
 */
async function downloaded(context, say) {
  const { environment, signal, root, packages } = context;
  say('waiting for the packages');
  await packages.ready;
  say('downloading it by playwright');
  const program = join(root, 'node_modules', 'playwright-core', 'cli.js');
  await readFile(program).catch((cause) => {
    throw new WayFailed('playwright-core is not installed', { cause });
  });
  await runProgram(process.execPath, [program, 'install', 'chromium'], {
    environment,
    signal,
    timeoutMs: DOWNLOAD_MS,
  });
  return inPlaywrightsCache(context);
}

/**
 * @param {import('./shared/context.mjs').Context} context
 * @param {import('./shared/ways.mjs').Say} say
 */
async function fromDebian(context, say) {
  const fix = 'install Chromium or Chrome (Debian: sudo apt-get install chromium), or set DIGITFLOW_CHROMIUM to one';
  const aptGet = await findOnPath('apt-get', context.environment);
  if (aptGet === undefined) throw new WayFailed('no apt-get on PATH', { fix });
  if (process.getuid?.() !== 0) throw new WayFailed('only root may install packages of the system', { fix });
  const environment = { ...context.environment, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (/** @type {string[]} */ ...args) =>
    runProgram(aptGet, args, { environment, signal: context.signal, timeoutMs: PACKAGES_MS });
  try {
    say('installing it by apt-get');
    // A list that is there may be good enough, and a container may have none.
    await run('install', '-y', '--no-install-recommends', 'chromium').catch(async (error) => {
      context.signal?.throwIfAborted();
      say('fetching the list of packages');
      await run('update').catch(() => {
        throw error;
      });
      say('installing it by apt-get');
      await run('install', '-y', '--no-install-recommends', 'chromium');
    });
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
    throw new WayFailed(error.message, { cause: error, fix });
  }
  return onPath(context);
}
