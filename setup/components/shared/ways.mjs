// The order in which a component is had: what is there already, looked for in turn; else made, by one set-up at a time.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { entryFolder, openCache, publishEntry } from './cache.mjs';
import { ComponentUnavailable, messageOf, NamedComponentFailed, WayFailed } from './errors.mjs';
import { withFileLock } from './file-lock.mjs';
import { explainSystemError } from './system-errors.mjs';

/**
 * @typedef {{ version: string, executable?: string }} Found
 * @typedef {Found & { way: string }} Prepared
 * @typedef {(doing: string) => void} Say
 * @typedef {{ way: string, reason: string, fix?: string | undefined }} Tried
 *
 * @typedef {object} Way
 * @property {string} name
 * @property {(context: import('./context.mjs').Context, say: Say) => Promise<Found>} use throws WayFailed when it can't
 *
 * @typedef {object} Component
 * @property {string} name
 * @property {string} title for people
 * @property {string} variable the environment variable that names one
 * @property {string} [without] how to do without it
 * @property {(context: import('./context.mjs').Context) => { component: string, version: string, platform: string, abi?: string }} key
 * @property {(value: string, context: import('./context.mjs').Context) => Promise<Found>} named checks the one a variable names
 * @property {Way[]} inPlace on this machine, but not ours: PATH, node_modules
 * @property {(folder: string, context: import('./context.mjs').Context) => Promise<Found>} cached checks an entry of the cache and puts it to use
 * @property {Way[]} makers each leaves a whole entry in the cache
 */

/**
 * Looks for a component without making anything.
 * @param {Component} component
 * @param {import('./context.mjs').Context} context
 * @param {Say} say
 * @returns {Promise<{ prepared?: Prepared, tried: Tried[] }>}
 * @throws NamedComponentFailed
 */
export function find(component, context, say) {
  return firstThatWorks([environmentWay(component), ...component.inPlace, cacheWay(component)], context, say);
}

/**
 * Finds a component, or makes it. Safe to repeat and to run twice at once.
 * @param {Component} component
 * @param {import('./context.mjs').Context} context
 * @param {Say} say
 * @returns {Promise<Prepared>}
 * @throws NamedComponentFailed, ComponentUnavailable
 */
export async function provide(component, context, say) {
  const found = await find(component, context, say);
  if (found.prepared !== undefined) return found.prepared;
  const made = await makeOne(component, context, say);
  if (made.prepared !== undefined) return made.prepared;
  throw new ComponentUnavailable(component, context.platform, [...found.tried, ...made.tried]);
}

/**
 * @param {Component} component
 * @param {import('./context.mjs').Context} context
 * @param {Say} say
 */
async function makeOne(component, context, say) {
  try {
    await openCache(context.cache);
  } catch (error) {
    return { tried: [asTried('cache', error)] };
  }
  const lock = join(context.cache, 'locks', `${entryFolder('.', component.key(context)).replaceAll('/', '-')}.lock`);
  const make = async () => {
    // Whoever held the lock before has most likely made what is missing here.
    const again = await firstThatWorks([cacheWay(component)], context, say);
    return again.prepared === undefined ? firstThatWorks(component.makers, context, say) : again;
  };
  const onWait = (/** @type {string} */ holder) => say(`waiting for another set-up (${holder}) that makes it`);
  return withFileLock(lock, make, { signal: context.signal, onWait });
}

/**
 * @param {Way[]} ways
 * @param {import('./context.mjs').Context} context
 * @param {Say} say
 * @returns {Promise<{ prepared?: Prepared, tried: Tried[] }>}
 */
async function firstThatWorks(ways, context, say) {
  const tried = [];
  for (const way of ways) {
    context.signal?.throwIfAborted();
    try {
      return { prepared: { way: way.name, ...(await way.use(context, say)) }, tried };
    } catch (error) {
      tried.push(asTried(way.name, error));
    }
  }
  return { tried };
}

/**
 * @param {string} way
 * @param {unknown} error
 * @returns {Tried}
 */
function asTried(way, error) {
  const failed = explainSystemError(error);
  if (!(failed instanceof WayFailed)) throw failed;
  return { way, reason: messageOf(failed), fix: failed.fix };
}

/**
 * @param {Component} component
 * @returns {Way}
 */
function environmentWay({ variable, named }) {
  return {
    name: 'environment',
    use: async (context) => {
      const value = context.environment[variable];
      if (!value) throw new WayFailed(`${variable} is not set`);
      try {
        return await named(value, context);
      } catch (error) {
        throw context.signal?.aborted ? error : new NamedComponentFailed(variable, value, explainSystemError(error));
      }
    },
  };
}

/**
 * @param {Component} component
 * @returns {Way}
 */
function cacheWay({ key, cached }) {
  return { name: 'cache', use: (context) => cached(entryFolder(context.cache, key(context)), context) };
}

/**
 * Makes an entry of the cache: `fill` writes into a new folder, which is renamed into place when it is whole.
 * @param {Component} component
 * @param {import('./context.mjs').Context} context
 * @param {{ way: string, detail: string, fill: (staging: string) => Promise<unknown> }} how
 * @returns {Promise<string>} the entry's folder
 */
export async function makeEntry(component, context, { way, detail, fill }) {
  const staging = join(await context.workshop(), `${component.name}-${way.replaceAll(' ', '-')}`);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  try {
    await fill(staging);
    const key = component.key(context);
    const folder = entryFolder(context.cache, key);
    await publishEntry(staging, folder, { component: key.component, version: key.version, way, detail });
    return folder;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
