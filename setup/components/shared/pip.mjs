// Wheels by pip, where there is one: it knows its user's index, credentials, certificates and proxy.

import { readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WayFailed } from './errors.mjs';
import { findOnPath, runProgram } from './programs.mjs';

const LOOK_MS = 250;

/**
 * @param {import('./platform.mjs').PinnedWheel} wheel
 * @param {{
 *   folder: string, file: string, environment: Record<string, string | undefined>, signal?: AbortSignal | undefined,
 *   onProgress?: (bytes: number, totalBytes: number) => void,
 * }} options `folder` is pip's alone
 * @throws WayFailed when there is no pip, or pip can't get this very wheel
 */
export async function pipDownload(wheel, { folder, file, environment, signal, onProgress }) {
  const python = await findOnPath('python3', environment);
  if (python === undefined) throw new WayFailed('no python3 on PATH');
  await runProgram(python, ['-m', 'pip', '--version'], { environment, signal, timeoutMs: 20_000 }).catch(() => {
    throw new WayFailed(`${python} has no pip`);
  });
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${wheel.distribution}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const looking = setInterval(() => void look(folder, wheel, onProgress), LOOK_MS);
  try {
    const args = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-input',
      '--disable-pip-version-check',
      '--no-cache-dir',
      '--no-deps',
    ];
    args.push(
      '--require-hashes',
      '--only-binary=:all:',
      ...tagArguments(wheel.filename),
      '-d',
      folder,
      '-r',
      requirements,
    );
    // pip unpacks nothing here, but keeps what it downloads under TMPDIR first.
    await runProgram(python, args, { environment: { ...environment, TMPDIR: folder }, signal });
  } finally {
    clearInterval(looking);
  }
  await rename(join(folder, wheel.filename), file);
}

/**
 * pip's options that name a wheel of another Python or platform than its own.
 * @param {string} filename `name-version-python-abi-platform.whl`, several platforms joined by dots
 * @returns {string[]}
 */
export function tagArguments(filename) {
  const [python = '', abi = '', platforms = ''] = filename
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  const [, implementation = 'py', version = '3'] = /^([a-z]+)(\d+)$/.exec(python) ?? [];
  return [
    ...platforms.split('.').flatMap((platform) => ['--platform', platform]),
    `--abi=${abi}`,
    `--implementation=${implementation}`,
    `--python-version=${version}`,
  ];
}

/**
 * @param {string} folder
 * @param {import('./platform.mjs').PinnedWheel} wheel
 * @param {((bytes: number, totalBytes: number) => void) | undefined} onProgress
 */
async function look(folder, { sizeBytes }, onProgress) {
  let largest = 0;
  for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
    const bytes = await stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    );
    largest = Math.max(largest, bytes);
  }
  if (largest > 0) onProgress?.(Math.min(largest, sizeBytes), sizeBytes);
}
