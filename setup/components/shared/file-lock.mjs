// One maker at a time for an entry of the cache. The lock only saves work: that an entry is never half there is the
// rename's doing, so a lock that is lost or stolen costs a second build and nothing else.

import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const BEAT_MS = 5_000;
/** Six missed beats: longer than any pause of a busy machine, short for a person who waits for a killed set-up. */
const STALE_MS = 30_000;
const ASK_AGAIN_MS = 200;

/**
 * Runs `action` while holding the lock file; waits for another holder as long as that one lives.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} action
 * @param {{ signal?: AbortSignal | undefined, onWait?: (holder: string) => void }} [options]
 * @returns {Promise<T>}
 */
export async function withFileLock(file, action, { signal, onWait } = {}) {
  const token = `${hostname()} ${process.pid} ${randomBytes(8).toString('hex')}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  while (!(await take(file, token))) {
    signal?.throwIfAborted();
    const holder = await liveHolder(file);
    if (holder === undefined) continue;
    onWait?.(`process ${holder.split(' ')[1]}`);
    await delay(ASK_AGAIN_MS, undefined, signal === undefined ? {} : { signal });
  }
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), BEAT_MS);
  beat.unref();
  try {
    return await action();
  } finally {
    clearInterval(beat);
    if ((await content(file)) === token) await rm(file, { force: true });
  }
}

/**
 * @param {string} file
 * @param {string} token
 * @returns {Promise<boolean>} false when another one holds it
 */
async function take(file, token) {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(token);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {string} file
 * @returns {Promise<string | undefined>} who holds it; undefined when it is free, or was left behind and is now removed
 */
async function liveHolder(file) {
  const holder = await content(file);
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => undefined,
  );
  if (holder === undefined || age === undefined) return undefined;
  const [host, pid] = holder.split(' ');
  const left = host === hostname() && pid !== undefined && !isAlive(Number(pid));
  if (!left && age < STALE_MS) return holder;
  // By rename: of two that find it stale only one takes it away.
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  await rename(file, aside).catch(() => {});
  await rm(aside, { force: true });
  return undefined;
}

/** @param {string} file */
function content(file) {
  return readFile(file, 'utf8').catch(() => undefined);
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
