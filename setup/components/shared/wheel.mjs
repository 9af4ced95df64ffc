// A pinned Python wheel, by pip where there is one, else straight from the index. Wheels are zip files: no Python needed.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDigest } from './download.mjs';
import { messageOf, WayFailed } from './errors.mjs';
import { pipDownload } from './pip.mjs';
import { indexDownload } from './python-index.mjs';
import { explainSystemError, NETWORK_FIX } from './system-errors.mjs';

/**
 * @param {import('./platform.mjs').PinnedWheel} wheel
 * @param {{
 *   workshop: string, environment: Record<string, string | undefined>, signal?: AbortSignal | undefined,
 *   say: (doing: string) => void,
 * }} options
 * @returns {Promise<string>} the path of the wheel in the workshop, its size and digest checked
 * @throws WayFailed with the reasons of both ways
 */
export async function fetchWheel(wheel, { workshop, environment, signal, say }) {
  const file = join(workshop, `${wheel.distribution}.whl`);
  const folder = join(workshop, `${wheel.distribution}-pip`);
  const name = `${wheel.distribution} ${wheel.version}`;
  const onProgress = (/** @type {number} */ bytes, /** @type {number | undefined} */ total = wheel.sizeBytes) =>
    say(`downloading ${name}: ${Math.round(bytes / 1e6)} of ${Math.round(total / 1e6)} MB`);
  const reasons = [];
  say(`downloading ${name}`);
  for (const [way, get] of /** @type {const} */ ([
    ['pip', () => pipDownload(wheel, { folder, file, environment, signal, onProgress })],
    ['index', () => indexDownload(wheel, { file, environment, signal, onProgress })],
  ])) {
    await mkdir(folder, { recursive: true });
    try {
      await get();
      await checkDigest(file, wheel);
      return file;
    } catch (error) {
      await rm(file, { force: true });
      const failed = explainSystemError(error);
      if (!(failed instanceof WayFailed)) throw failed;
      reasons.push(`${way}: ${messageOf(failed)}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new WayFailed(`the wheel of ${name} can't be had\n${reasons.join('\n')}`, { fix: NETWORK_FIX });
}
