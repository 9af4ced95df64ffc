// A store in a folder: for machines without an object server, and for tests. See file-states.ts for how it stays whole.

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock, type Clock } from './clock.ts';
import { BucketMissing, StoreAccessDenied, StoreFull, StoreUnavailable, type StorePlace } from './errors.ts';
import { listKeys, objectFolder } from './file-layout.ts';
import { addDeletion, addState, codeOf, etagOf, ignore, presentState, type State } from './file-states.ts';
import { checkKey, checkSize, equalBytes, MAX_CONDITIONAL_BYTES, MAX_OBJECT_BYTES, ownBytes } from './limits.ts';
import type { ConditionalWrite, ObjectInfo, Store, StoredObject } from './store.ts';

export interface FileStoreOptions {
  /** The bucket: a folder of its own, which must exist. */
  root: string;
  clock?: Clock;
}

/** Makes the bucket's folder where it is missing, for this user only. */
export async function createFileBucket(root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
}

/** Opens the store. Processes of one machine may share it; a write that was answered is on disk. */
export function createFileStore({ root, clock = systemClock }: FileStoreOptions): Store {
  const folderOf = (key: string): string => path.join(root, objectFolder(key));

  async function at<Result>(place: StorePlace, work: () => Promise<Result>): Promise<Result> {
    try {
      if (place.key !== undefined) checkKey(place.key);
      await stat(root); // or a write would make a missing bucket anew, and a read would find nothing in it
      return await work();
    } catch (error) {
      throw toStoreError(place, error);
    }
  }

  /** What `read` makes of the present state's file; it may be swept away meanwhile, and then a newer one is there. */
  async function readPresent<Result>(
    key: string,
    read: (file: string) => Promise<Result>,
  ): Promise<Result | undefined> {
    for (;;) {
      const { number, file } = await presentState(folderOf(key));
      if (file === undefined) return undefined;
      const result = await read(file).catch(ignore('ENOENT'));
      if (result !== undefined) return result;
      if ((await presentState(folderOf(key))).number === number) return undefined; // its file was removed by hand
    }
  }
  const head = (key: string): Promise<ObjectInfo | undefined> => readPresent(key, (file) => infoOf(key, file));
  const get = (key: string): Promise<StoredObject | undefined> =>
    readPresent(key, async (file) => ({ ...(await infoOf(key, file)), bytes: ownBytes(await readFile(file)) }));

  /** Adds a state after the present one for as long as `expected` says it may. @returns its file, or undefined */
  async function write(
    key: string,
    bytes: Uint8Array,
    expected: (present: State) => boolean,
  ): Promise<string | undefined> {
    for (;;) {
      const seenAtMs = clock.monotonic();
      const present = await presentState(folderOf(key));
      if (!expected(present)) return undefined;
      const file = await addState(folderOf(key), bytes, { number: present.number, seenAtMs, clock });
      if (file !== undefined) return file;
    }
  }

  async function writeIf(
    place: StorePlace & { key: string },
    bytes: Uint8Array,
    etag: string | undefined,
  ): Promise<ConditionalWrite> {
    checkSize(place, bytes.byteLength, MAX_CONDITIONAL_BYTES);
    return at(place, async () => {
      const file = await write(place.key, bytes, (present) => (present.file && etagOf(present.file)) === etag);
      if (file !== undefined) return { outcome: 'written', etag: etagOf(file) };
      const current = await get(place.key);
      if (current !== undefined && equalBytes(current.bytes, bytes)) return { outcome: 'written', etag: current.etag };
      return { outcome: 'lost', current };
    });
  }

  return {
    async put(key, bytes) {
      const place = { bucket: root, key, operation: 'put' };
      checkSize(place, bytes.byteLength, MAX_OBJECT_BYTES);
      return at(place, async () => infoOf(key, (await write(key, bytes, () => true))!));
    },
    putIfAbsent: (key, bytes) => writeIf({ bucket: root, key, operation: 'putIfAbsent' }, bytes, undefined),
    replaceIf: (key, bytes, etag) => writeIf({ bucket: root, key, operation: 'replaceIf' }, bytes, etag),
    get: (key) => at({ bucket: root, key, operation: 'get' }, () => get(key)),
    head: (key) => at({ bucket: root, key, operation: 'head' }, () => head(key)),
    async *list(prefix) {
      const place = { bucket: root, operation: 'list' };
      try {
        for await (const key of listKeys(root, prefix)) {
          const info = await head(key);
          if (info !== undefined) yield info;
        }
      } catch (error) {
        throw toStoreError(place, error);
      }
    },
    delete: (key) =>
      at({ bucket: root, key, operation: 'delete' }, async () => {
        for (;;) {
          const present = await presentState(folderOf(key));
          if (present.file === undefined || (await addDeletion(folderOf(key), present))) return;
        }
      }),
    refresh: (key) =>
      at({ bucket: root, key, operation: 'refresh' }, () =>
        readPresent(key, async (file) => {
          const now = new Date(await fileTime(root));
          await utimes(file, now, now);
          return infoOf(key, file);
        }),
      ),
    now: () => at({ bucket: root, operation: 'now' }, () => fileTime(root)),
  };
}

/** By the clock of the file system, which may be another machine's. */
async function fileTime(root: string): Promise<number> {
  const probe = path.join(root, `.time-${randomUUID()}`); // a file, and so no key's folder
  try {
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

async function infoOf(key: string, file: string): Promise<ObjectInfo> {
  const { size, mtime } = await stat(file);
  return { key, sizeBytes: size, etag: etagOf(file), lastModified: mtime };
}

function toStoreError(place: StorePlace, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof Error && 'retryable' in error) return error; // already one of ours
  if (code === 'ENOENT' || code === 'ENOTDIR') return new BucketMissing(place, { cause: error });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new StoreAccessDenied(place, code, { cause: error });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StoreFull(place, { cause: error });
  return new StoreUnavailable(place, error instanceof Error ? error.message : String(error), { cause: error });
}
