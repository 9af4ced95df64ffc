// What every component is handed when it is looked for or made.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './cache.mjs';
import { platformName } from './platform.mjs';
import { closeWorkshop, openWorkshop } from './workshop.mjs';

/** The folder of this checkout. */
export const CHECKOUT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/**
 * @typedef {object} Packages
 * @property {boolean} installing whether `npm ci` is about to lay node_modules anew
 * @property {Promise<unknown>} ready resolves when node_modules can be used
 *
 * @typedef {object} Context
 * @property {Record<string, string | undefined>} environment
 * @property {string} root the checkout
 * @property {string} cache
 * @property {string} platform
 * @property {AbortSignal | undefined} signal
 * @property {Packages} packages
 * @property {boolean} triesAnew whether what was tried out before is tried again
 * @property {() => Promise<string>} workshop one folder for all components of this set-up, made when first asked for
 * @property {<T>(name: string, make: () => Promise<T>) => Promise<T>} once makes what several components share one time
 * @property {() => Promise<void>} close removes the workshop
 */

/**
 * @param {{
 *   environment?: Record<string, string | undefined>, root?: string, platform?: string,
 *   signal?: AbortSignal | undefined, packages?: Packages, triesAnew?: boolean,
 * }} [options]
 * @returns {Context}
 */
export function createContext({
  environment = process.env,
  root = CHECKOUT,
  platform = platformName(),
  signal,
  packages = { installing: false, ready: Promise.resolve() },
  triesAnew = false,
} = {}) {
  const cache = cacheFolder(environment);
  /** @type {Map<string, Promise<any>>} */
  const made = new Map();
  const once = (/** @type {string} */ name, /** @type {() => Promise<any>} */ make) => {
    const promise = made.get(name) ?? make();
    made.set(name, promise);
    return promise;
  };
  const workshop = () => once('workshop', () => openWorkshop(cache));
  const close = async () => {
    const folder = await made.get('workshop')?.catch(() => undefined);
    if (folder !== undefined) await closeWorkshop(folder);
  };
  return { environment, root, cache, platform, signal, packages, triesAnew, workshop, once, close };
}

/**
 * A new folder in the workshop.
 * @param {Context} context
 * @param {string} name
 */
export async function workshopFolder(context, name) {
  return join(await context.workshop(), name);
}
