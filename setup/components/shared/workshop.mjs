// A folder for everything that is needed only while components are made: downloads, toolchains, compilers' caches.
// It lies in the cache, so that a finished component is renamed and never copied, and it is gone afterwards.

import { mkdir, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { WayFailed } from './errors.mjs';
import { isAlive } from './file-lock.mjs';
import { ROOM_FIX } from './system-errors.mjs';

const FOLDER = 'workshops';

/**
 * @param {string} cache
 * @returns {Promise<string>} a new empty folder; the caller removes it
 */
export async function openWorkshop(cache) {
  const all = join(cache, FOLDER);
  await mkdir(all, { recursive: true, mode: 0o700 });
  await removeAbandoned(all);
  return mkdtemp(join(all, `${hostname()}-${process.pid}-`));
}

/** @param {string} workshop */
export async function closeWorkshop(workshop) {
  // Three tries: a compiler that was just ended may still write its last file.
  await rm(workshop, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Says that the disk is too full before anything is fetched, not at the end.
 * @param {string} folder
 * @param {number} neededBytes
 * @throws WayFailed
 */
export async function needRoom(folder, neededBytes) {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < neededBytes) {
    throw new WayFailed(`needs ${gigabytes(neededBytes)} for a while at ${folder}, and ${gigabytes(free)} is free`, {
      fix: ROOM_FIX,
    });
  }
}

/**
 * What a killed set-up left behind, on this host: on others nobody can say whether the process lives.
 * @param {string} all
 */
async function removeAbandoned(all) {
  for (const name of await readdir(all)) {
    const [, host, pid] = /^(.*)-(\d+)-\w+$/.exec(name) ?? [];
    if (host === hostname() && !isAlive(Number(pid))) await rm(join(all, name), { recursive: true, force: true });
  }
}

/** @param {number} bytes */
function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
