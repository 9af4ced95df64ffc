// The states of one object in a folder: numbered symbolic links, each made once (symlink(2) fails where the number is
// taken), the highest being the present one. No lock is needed, so a killed process leaves none behind.
//
//   ab12.json~/
//     6 → 0cc175b9…-<nonce>     an older state, kept for a while
//     7 → d41d8cd9…-<nonce>     the present one; the file it names holds the bytes, their MD5 first in its name
//     8/                        or: deleted (mkdir(2) fails where the number is taken, too)

import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from './clock.ts';

/** Old states are kept this long, so that no number is taken anew while a slow writer still counts from it. */
const KEPT_STATES_MS = 120_000;
/** A writer that stood still for longer than this can't know whether his number was still the next one. */
const LONGEST_WRITE_MS = 60_000;

export interface State {
  /** 0 when there never was one. */
  number: number;
  /** The file with the bytes; undefined when the object does not exist. */
  file: string | undefined;
}

/** The present state, from a folder that may not be there. */
export async function presentState(folder: string): Promise<State> {
  const names = (await readdir(folder).catch(ignore('ENOENT'))) ?? [];
  const number = Math.max(0, ...names.map(stateNumber));
  if (number === 0) return { number, file: undefined };
  // EINVAL: no link but the folder that stands for "deleted".
  const target = await readlink(path.join(folder, String(number))).catch(ignore('EINVAL'));
  return { number, file: target && path.join(folder, path.basename(target)) };
}

/** The ETag of a state's file: MD5 of its bytes, read off its name. */
export function etagOf(file: string): string {
  return path.basename(file).split('-')[0]!;
}

/**
 * Makes `bytes` the state that follows `number`; on disk when it returns.
 * @param clock measures how long the writer took since `seenAtMs`, when it saw `number`
 * @returns the file, or undefined when another writer was faster
 */
export async function addState(
  folder: string,
  bytes: Uint8Array,
  { number, seenAtMs, clock }: { number: number; seenAtMs: number; clock: Clock },
): Promise<string | undefined> {
  await makeFolder(folder);
  const name = `${createHash('md5').update(bytes).digest('hex')}-${randomUUID()}`;
  const file = path.join(folder, name);
  await writeDurably(file, bytes);
  try {
    await symlink(name, path.join(folder, String(number + 1)));
  } catch (error) {
    await rm(file, { force: true });
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
  await syncFolder(folder);
  if (clock.monotonic() - seenAtMs > LONGEST_WRITE_MS) throw new Error('a writer that stood still for over a minute');
  if (number > 1) await sweep(folder, number + 1, clock);
  return file;
}

/** Makes "deleted" the state that follows `number`. @returns false when a writer was faster */
export async function addDeletion(folder: string, { number, file }: State): Promise<boolean> {
  const made = await mkdir(path.join(folder, String(number + 1))).then(() => true, ignore('EEXIST'));
  if (made !== true) return false;
  if (file !== undefined) await rm(file, { force: true });
  await syncFolder(folder);
  return true;
}

/** Removes states that were followed long ago, and the files of writers that lost or died. */
async function sweep(folder: string, present: number, clock: Clock): Promise<void> {
  const names = await readdir(folder);
  const namedFiles = new Set<string | undefined>();
  for (const name of names.filter((each) => stateNumber(each) > 0)) {
    const number = stateNumber(name);
    const next = path.join(folder, String(number + 1));
    if (number < present - 1 && (await isOld(next, clock))) await rm(path.join(folder, name), { recursive: true });
    else namedFiles.add(await readlink(path.join(folder, name)).catch(() => undefined));
  }
  for (const name of names.filter((each) => stateNumber(each) === 0 && !namedFiles.has(each))) {
    if (await isOld(path.join(folder, name), clock)) await rm(path.join(folder, name), { force: true });
  }
}

async function isOld(file: string, clock: Clock): Promise<boolean> {
  const found = await lstat(file).catch(() => undefined);
  return found !== undefined && clock.now() - found.mtimeMs > KEPT_STATES_MS;
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  // A new name is on disk only when the folder that holds it is.
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) await syncFolder(path.dirname(made));
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function stateNumber(name: string): number {
  return /^[1-9][0-9]*$/.test(name) ? Number(name) : 0;
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** For `catch`: undefined in place of an error of this code. */
export function ignore(code: string): (error: unknown) => undefined {
  return (error) => {
    if (codeOf(error) !== code) throw error;
    return undefined;
  };
}
