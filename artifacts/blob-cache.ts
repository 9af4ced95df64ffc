// Verified blobs as local files, for programs that must not reach the store: the trainer reads these.

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { getBlob } from './blobs.ts';
import { systemClock, type Clock } from './clock.ts';
import { letGo } from './let-go.ts';
import type { ArtifactRef, Store } from './store.ts';

/** Files that any process used this recently are not removed: it may be about to open them. */
const IN_USE_MS = 60 * 60 * 1000;

/** Thrown when the cache's disk has no room for a blob. Retryable: room is made without changing the call. */
export class CacheFull extends Error {
  override readonly name = 'CacheFull';
  readonly retryable = true;
  constructor(file: string, sizeBytes: number, options?: ErrorOptions) {
    super(
      `${file}: expected room for ${sizeBytes} bytes on the cache's disk, got none; free or add disk space, ` +
        'or put the cache elsewhere',
      options,
    );
  }
}

export interface BlobCacheOptions {
  store: Store;
  /** Shared by any number of processes. */
  folder: string;
  /** Above it the files that were used longest ago go first. @default 2 GiB: a dozen pools */
  limitBytes?: number;
  clock?: Clock;
  /** Told whether the file was there. */
  onLookup?: (isThere: boolean) => void;
}

export interface BlobCache {
  /**
   * A local file with exactly the ref's bytes. Safe to call concurrently, also from several processes.
   * @throws DamagedArtifact when the store's bytes are not those of the ref; CacheFull; and the store's errors
   */
  readToFile(ref: ArtifactRef): Promise<string>;
}

export function createBlobCache({
  store,
  folder,
  limitBytes = 2 * 1024 ** 3,
  clock = systemClock,
  onLookup = () => undefined,
}: BlobCacheOptions): BlobCache {
  /** Files whose digest this process has seen to be right. */
  const verified = new Set<string>();
  const underway = new Map<string, Promise<string>>();

  async function isIntact(file: string, ref: ArtifactRef): Promise<boolean> {
    const found = await stat(file).catch(() => undefined);
    if (found?.size !== ref.sizeBytes) return false;
    if (!verified.has(file) && (await digestOf(file)) !== ref.sha256) return false;
    verified.add(file);
    const now = new Date(clock.now());
    await utimes(file, now, now).catch(() => undefined); // removed by another process: the caller's open will tell
    return true;
  }

  async function read(ref: ArtifactRef): Promise<string> {
    const file = path.join(folder, ref.sha256.slice(0, 2), ref.sha256);
    const isThere = await isIntact(file, ref);
    onLookup(isThere);
    if (isThere) return file;
    const bytes = await getBlob(store, ref);
    try {
      await keep(file, bytes, limitBytes);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      // The disk is smaller than the limit, or others fill it: all that nobody may be about to open goes.
      await keep(file, bytes, 0).catch((again: unknown) => {
        throw isDiskFull(again) ? new CacheFull(file, ref.sizeBytes, { cause: again }) : again;
      });
    } finally {
      letGo(bytes);
    }
    verified.add(file);
    return file;
  }

  async function keep(file: string, bytes: Uint8Array, limitOfAllBytes: number): Promise<void> {
    await makeRoom(folder, limitOfAllBytes - bytes.byteLength, clock.now());
    const temporary = `${file}.${randomUUID()}.part`;
    try {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await writeFileThrough(temporary, bytes);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  return {
    readToFile(ref) {
      const running = underway.get(ref.sha256) ?? read(ref).finally(() => underway.delete(ref.sha256));
      underway.set(ref.sha256, running);
      return running;
    },
  };
}

/** Removes the files used longest ago until the rest fits, and what writers that died left behind. */
async function makeRoom(folder: string, limitBytes: number, nowMs: number): Promise<void> {
  const files = [];
  let totalBytes = 0;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder, { recursive: true })) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined || !found.isFile()) continue;
    totalBytes += found.size;
    files.push({ file, sizeBytes: found.size, usedAtMs: found.mtimeMs });
  }
  files.sort((a, b) => a.usedAtMs - b.usedAtMs);
  for (const { file, sizeBytes, usedAtMs } of files) {
    if (nowMs - usedAtMs < IN_USE_MS) return;
    if (totalBytes <= limitBytes && !file.endsWith('.part')) continue;
    await rm(file, { force: true });
    totalBytes -= sizeBytes;
  }
}

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function writeFileThrough(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync(); // or a power cut could leave a renamed file without its bytes
  } finally {
    await handle.close();
  }
}
