// Disks that are really full: file systems of a few megabytes, where this user may mount one.

import { randomBytes } from 'node:crypto';
import { writeFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { CacheFull, createBlobCache } from '../../artifacts/blob-cache.ts';
import { getBlob, putBlob, type PutBlob } from '../../artifacts/blobs.ts';
import { StoreFull, StoreUnavailable } from '../../artifacts/errors.ts';
import { createFileBucket, createFileStore } from '../../artifacts/file-store.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import type { Store } from '../../artifacts/store.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { startMinio } from '../support/start-minio.ts';
import { until } from '../support/until.ts';

const MIB = 1024 * 1024;

const disks = await Promise.all([mountSmallDisk(48), mountSmallDisk(6), mountSmallDisk(6)]);
const canMount = disks.every((disk) => disk !== undefined);
const [minioDisk, fileDisk, cacheDisk] = disks as [SmallDisk, SmallDisk, SmallDisk];
afterAll(async () => {
  for (const disk of disks) await disk?.remove();
});

/** Puts blobs until the store says that there is no room for the next; MinIO may answer 500 before it notices. */
async function fill(store: Store): Promise<{ blobs: PutBlob[]; said: unknown }> {
  const blobs: PutBlob[] = [];
  for (;;)
    try {
      blobs.push(await putBlob(store, randomBytes(MIB)));
    } catch (said) {
      if (!(said instanceof StoreUnavailable)) return { blobs, said };
    }
}

async function expectThatNothingIsLost(store: Store): Promise<void> {
  const { blobs, said } = await fill(store);
  expect(said).toBeInstanceOf(StoreFull);
  expect(said).toMatchObject({ retryable: true });
  expect((said as Error).message).toMatch(/expected room in the store, got none; free or add disk space/);
  expect(blobs.length).toBeGreaterThan(1);
  for (const { ref } of blobs) await getBlob(store, ref); // whole
  for (const { ref } of blobs.slice(0, 3)) await store.delete(ref.key);
}

it.runIf(canMount)('a file store: says so, loses nothing, and goes on when there is room', async () => {
  const root = path.join(fileDisk.folder, 'bucket');
  await createFileBucket(root);
  const store = createFileStore({ root });
  const ballast = path.join(fileDisk.folder, 'ballast'); // the store itself keeps deleted bytes for a while
  await writeFile(ballast, randomBytes(2 * MIB));
  await expectThatNothingIsLost(store);
  await rm(ballast);
  expect(await store.putIfAbsent('after', randomBytes(1_000))).toMatchObject({ outcome: 'written' });
});

it.runIf(canMount)('MinIO: says so, loses nothing, and goes on when there is room', async () => {
  const minio = await startMinio(minioDisk.folder);
  try {
    const options = { ...minio, bucket: 'full' };
    await createMinioBucket(options);
    const store = createMinioStore(options);
    await expectThatNothingIsLost(store);
    // It frees what was deleted a little later.
    await until(async () => (await store.putIfAbsent('after', randomBytes(1_000))).outcome === 'written');
  } finally {
    await minio.stop();
  }
});

it.runIf(canMount)("a worker's cache: gives up what is old, then says so, and goes on when there is room", async () => {
  const store = createMemoryStore();
  const refs = await Promise.all(
    Array.from({ length: 6 }, async () => (await putBlob(store, randomBytes(1.75 * MIB))).ref),
  );
  const folder = path.join(cacheDisk.folder, 'blobs');
  let nowMs = Date.now();
  const clock = { now: () => nowMs, monotonic: () => performance.now(), sleep: () => Promise.resolve() };
  const cache = createBlobCache({ store, folder, clock });
  for (const ref of refs.slice(0, 3)) await cache.readToFile(ref);
  const said = await cache.readToFile(refs[3]!).catch((caught: unknown) => caught);
  expect(said).toBeInstanceOf(CacheFull);
  expect(said).toMatchObject({ retryable: true });
  expect((said as Error).message).toMatch(/expected room for 1835008 bytes.*free or add disk space/);
  nowMs += 2 * 60 * 60 * 1000; // nobody uses the others any more
  await cache.readToFile(refs[3]!);
  await cache.readToFile(refs[4]!);
});
