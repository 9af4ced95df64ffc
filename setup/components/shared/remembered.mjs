// What was tried out here once and worked: remembered as long as the files it was tried with, and the machine, are the
// same. Trying starts servers and loads TensorFlow: seconds, which every start would spend again.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';

/** They decide which libraries a program really loads. */
const LOADER_VARIABLES = ['LD_LIBRARY_PATH', 'LD_PRELOAD', 'DYLD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES'];

/**
 * The outcome of `tryOut`, now or earlier. A failure is never remembered: it is tried again.
 * @template Outcome what JSON can hold
 * @param {import('./context.mjs').Context} context
 * @param {{ what: string, files: readonly string[] }} trial `files`: all whose change could change the outcome
 * @param {() => Promise<Outcome>} tryOut
 * @returns {Promise<Outcome>}
 */
export async function remembered(context, { what, files }, tryOut) {
  const note = join(context.cache, 'tried', `${digest([what, ...files]).slice(0, 32)}.json`);
  // Before it is tried: a file that is replaced meanwhile must not count as the one that was.
  const seen = digest([
    process.version,
    process.arch,
    release(),
    cpus()[0]?.model ?? '',
    ...LOADER_VARIABLES.map((name) => context.environment[name] ?? ''),
    ...(await Promise.all(files.map(stampOf))),
  ]);
  if (!context.triesAnew) {
    const noted = await readFile(note, 'utf8').then(JSON.parse, () => undefined);
    if (noted?.seen === seen) return noted.outcome;
  }
  const outcome = await tryOut();
  await write(note, JSON.stringify({ what, seen, outcome })).catch(() => undefined); // a cache that can't be written costs time alone
  return outcome;
}

/** @param {readonly string[]} parts */
const digest = (parts) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/**
 * Changes whenever the file is written, replaced or given other rights.
 * @param {string} file
 */
async function stampOf(file) {
  try {
    const real = await realpath(file);
    const { ino, size, mtimeNs, ctimeNs } = await stat(real, { bigint: true });
    return [real, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return `${file} is missing`;
  }
}

/**
 * @param {string} note
 * @param {string} text
 */
async function write(note, text) {
  await mkdir(dirname(note), { recursive: true, mode: 0o700 });
  const half = `${note}.${randomBytes(6).toString('hex')}`;
  await writeFile(half, text);
  await rename(half, note);
}
