// Wheels without Python: the index's own pages (PEP 503 and 691) over HTTPS, with pip's own settings for which index.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { download } from './download.mjs';
import { WayFailed } from './errors.mjs';
import { httpGet } from './http-get.mjs';

const PUBLIC_INDEX = 'https://pypi.org/simple';
const ACCEPT = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';

/**
 * @param {import('./platform.mjs').PinnedWheel} wheel
 * @param {{
 *   file: string, environment: Record<string, string | undefined>, signal?: AbortSignal | undefined,
 *   onProgress?: (bytes: number, totalBytes: number | undefined) => void,
 * }} options
 * @throws WayFailed when the index doesn't have this wheel, or has another one under its name
 */
export async function indexDownload(wheel, { file, environment, signal, onProgress }) {
  const page = `${(await indexUrl(environment)).replace(/\/+$/, '')}/${wheel.distribution}/`;
  const response = await httpGet(page, { environment, signal, accept: ACCEPT });
  const url = findFile(await text(response), { filename: wheel.filename, page });
  await download({
    url,
    file,
    sha256: wheel.sha256,
    sizeBytes: wheel.sizeBytes,
    environment,
    signal,
    ...(onProgress && { onProgress }),
  });
}

/**
 * @param {Record<string, string | undefined>} environment
 * @returns {Promise<string>} PIP_INDEX_URL, else `index-url` of pip's configuration files, else the public index
 */
export async function indexUrl(environment) {
  if (environment['PIP_INDEX_URL']) return environment['PIP_INDEX_URL'];
  const home = environment['HOME'] || homedir();
  const files = [
    environment['PIP_CONFIG_FILE'],
    join(environment['XDG_CONFIG_HOME'] || join(home, '.config'), 'pip', 'pip.conf'),
    join(home, '.pip', 'pip.conf'),
    '/etc/pip.conf',
  ];
  for (const file of files) {
    if (!file) continue;
    const content = await readFile(file, 'utf8').catch(() => '');
    const [, url] = /^\s*index[-_]url\s*[=:]\s*(\S+)/m.exec(content) ?? [];
    if (url !== undefined) return url;
  }
  return PUBLIC_INDEX;
}

/**
 * @param {string} body JSON or HTML, whichever the index speaks
 * @param {{ filename: string, page: string }} what
 * @returns {string} the address of the file
 */
function findFile(body, { filename, page }) {
  const links = body.trimStart().startsWith('{')
    ? /** @type {{ files: { filename: string, url: string }[] }} */ (JSON.parse(body)).files.map(
        ({ filename: name, url }) => ({ name, url }),
      )
    : [...body.matchAll(/<a\s[^>]*href=["']([^"']+)["'][^>]*>([^<]*)<\/a>/g)].map(([, url = '', name = '']) => ({
        name: name.trim(),
        url,
      }));
  const found = links.find(({ name }) => name === filename);
  if (found === undefined) throw new WayFailed(`${page}: expected ${filename}, got ${links.length} other files`);
  return new URL(found.url.replaceAll('&amp;', '&'), page).href;
}
