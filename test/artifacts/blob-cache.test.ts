import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBlobCache } from '../../artifacts/blob-cache.ts';
import { DamagedArtifact, putBlob } from '../../artifacts/blobs.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { countingStore } from '../support/counting-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);

it('fetches a blob once, for all who ask at the same time and later', async () => {
  const store = countingStore(createMemoryStore());
  const { ref } = await putBlob(store, Buffer.from('content'));
  const cache = createBlobCache({ store, folder });
  const files = await Promise.all(Array.from({ length: 8 }, () => cache.readToFile(ref)));
  expect(new Set(files).size).toBe(1);
  expect(await readFile(files[0]!, 'utf8')).toBe('content');
  await createBlobCache({ store, folder }).readToFile(ref); // as another process would
  expect(store.calls.get).toBe(1);
});

it.each(['Content', 'cont'])('fetches anew what became %j on disk', async (damaged) => {
  const store = createMemoryStore();
  const { ref } = await putBlob(store, Buffer.from('content'));
  const file = await createBlobCache({ store, folder }).readToFile(ref);
  await writeFile(file, damaged);
  expect(await readFile(await createBlobCache({ store, folder }).readToFile(ref), 'utf8')).toBe('content');
});

it('gives no file for a blob that is damaged in the store, and leaves none', async () => {
  const store = createMemoryStore();
  const { ref } = await putBlob(store, Buffer.from('content'));
  await store.put(ref.key, Buffer.from('Content'));
  await expect(createBlobCache({ store, folder }).readToFile(ref)).rejects.toThrow(DamagedArtifact);
  expect(await readdir(folder)).toEqual([]);
});

it('makes room by removing what was used longest ago, and nothing that was used within the hour', async () => {
  const store = createMemoryStore();
  const cache = createBlobCache({ store, folder, limitBytes: 25 });
  const refs = [];
  for (const word of ['oldest', 'older', 'recent', 'newest']) {
    refs.push((await putBlob(store, Buffer.from(word.padEnd(10)))).ref);
  }
  const files = [];
  for (const [index, ref] of refs.slice(0, 3).entries()) {
    files.push(await cache.readToFile(ref));
    await utimes(files[index]!, hoursAgo(1), [hoursAgo(5), hoursAgo(3), hoursAgo(0.5)][index]!);
  }
  await writeFile(path.join(folder, 'left.part'), 'by a writer that died');
  await utimes(path.join(folder, 'left.part'), hoursAgo(4), hoursAgo(4));
  await cache.readToFile(refs[3]!);
  const there = await Promise.all(
    files.map((file) =>
      stat(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  expect(there).toEqual([false, false, true]);
  expect(await readdir(folder)).not.toContain('left.part');
});
