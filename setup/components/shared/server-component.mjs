// A component that is one executable: a server, found on PATH, downloaded, or built by Go.

import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readEntry } from './cache.mjs';
import { workshopFolder } from './context.mjs';
import { download } from './download.mjs';
import { WayFailed } from './errors.mjs';
import { goBuild } from './go-build.mjs';
import { findOnPath, isExecutable } from './programs.mjs';
import { untarMember } from './tar.mjs';
import { remembered } from './remembered.mjs';
import { makeEntry } from './ways.mjs';

/**
 * @typedef {object} ServerSpec
 * @property {string} name also the program's name
 * @property {string} title
 * @property {string} variable
 * @property {string} [without]
 * @property {{ version: string, goPackage: string, downloads: Record<string, import('./platform.mjs').PinnedDownload> }} pin
 * @property {string} [noDownload] why there is no download for any platform
 * @property {(executable: string, context: import('./context.mjs').Context) => Promise<{ version: string, refused?: string | undefined }>} inspect
 *   asks an executable for its version; `refused`: why one of that version isn't taken from PATH, where nobody named it
 * @property {(executable: string, context: import('./context.mjs').Context) => Promise<void>} probe starts it once
 */

/**
 * @param {ServerSpec} spec
 * @returns {import('./ways.mjs').Component}
 */
export function serverComponent(spec) {
  const { name, title, variable, without, pin, inspect, probe } = spec;
  const check = async (/** @type {string} */ executable, /** @type {import('./context.mjs').Context} */ context) => {
    const { version } = await inspect(executable, context);
    await probe(executable, context);
    return { version, executable };
  };
  const checkOnce = (/** @type {string} */ executable, /** @type {import('./context.mjs').Context} */ context) =>
    remembered(context, { what: `${name} serves`, files: [executable] }, () => check(executable, context));
  /** @type {import('./ways.mjs').Component} */
  const component = {
    name,
    title,
    variable,
    ...(without === undefined ? {} : { without }),
    key: ({ platform }) => ({ component: name, version: pin.version, platform }),
    named: async (value, context) => {
      const executable = resolve(value);
      if (!(await isExecutable(executable))) throw new WayFailed(`expected an executable file at ${executable}`);
      return checkOnce(executable, context);
    },
    inPlace: [{ name: 'path', use: (context) => onPath(spec, checkOnce, context) }],
    cached: async (folder, context) => {
      const { version } = await readEntry(folder);
      const executable = join(folder, name);
      const trial = { what: `${name} starts`, files: [executable] };
      await remembered(context, trial, () => inspect(executable, context));
      return { version, executable };
    },
    makers: [
      { name: 'download', use: (context, say) => downloaded(spec, component, check, context, say) },
      { name: 'go build', use: (context, say) => built(spec, component, check, context, say) },
    ],
  };
  return component;
}

/** @typedef {(executable: string, context: import('./context.mjs').Context) => Promise<import('./ways.mjs').Found>} Check */

/**
 * @param {ServerSpec} spec
 * @param {Check} check
 * @param {import('./context.mjs').Context} context
 */
async function onPath({ name, inspect }, check, context) {
  const executable = await findOnPath(name, context.environment);
  if (executable === undefined) throw new WayFailed(`no ${name} on PATH`);
  const trial = { what: `version of ${name}`, files: [executable] };
  const { version, refused } = await remembered(context, trial, () => inspect(executable, context));
  if (refused !== undefined) throw new WayFailed(`${executable} is ${version}: ${refused}`);
  return check(executable, context);
}

/**
 * @param {ServerSpec} spec
 * @param {import('./ways.mjs').Component} component
 * @param {Check} check
 * @param {import('./context.mjs').Context} context
 * @param {import('./ways.mjs').Say} say
 */
async function downloaded({ name, pin, noDownload }, component, check, context, say) {
  const source = pin.downloads[context.platform];
  if (source === undefined) throw new WayFailed(noDownload ?? `no download is pinned for ${context.platform}`);
  const file = await workshopFolder(context, `${name}.tar.gz`);
  const onProgress = (/** @type {number} */ bytes) => say(`downloading: ${Math.round(bytes / 1e6)} MB`);
  const { environment, signal } = context;
  say('downloading');
  try {
    await download({ ...source, file, environment, signal, onProgress });
    const fill = async (/** @type {string} */ staging) => {
      await untarMember(file, source.member, join(staging, name));
      await check(join(staging, name), context);
    };
    const folder = await makeEntry(component, context, { way: 'download', detail: source.url, fill });
    return component.cached(folder, context);
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * @param {ServerSpec} spec
 * @param {import('./ways.mjs').Component} component
 * @param {Check} check
 * @param {import('./context.mjs').Context} context
 * @param {import('./ways.mjs').Say} say
 */
async function built({ name, pin }, component, check, context, say) {
  const out = await workshopFolder(context, `${name}-built`);
  await mkdir(out, { recursive: true });
  await goBuild({ module: name, goPackage: pin.goPackage, executable: join(out, name) }, context, say);
  const fill = async (/** @type {string} */ staging) => {
    say('trying it');
    await rename(join(out, name), join(staging, name));
    await check(join(staging, name), context);
  };
  const folder = await makeEntry(component, context, { way: 'go build', detail: pin.goPackage, fill });
  return component.cached(folder, context);
}
