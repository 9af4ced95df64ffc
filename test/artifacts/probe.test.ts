import { expect, it } from 'vitest';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { ConditionalWritesIgnored, probeConditionalWrites } from '../../artifacts/probe.ts';
import type { Store } from '../../artifacts/store.ts';
import { openTestStore } from '../support/minio.ts';

async function keysIn(store: Store): Promise<string[]> {
  const found = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
}

it('accepts MinIO and leaves nothing behind', async () => {
  const store = await openTestStore();
  await probeConditionalWrites(store);
  expect(await keysIn(store)).toEqual([]);
});

it.each(['putIfAbsent', 'replaceIf'] as const)('refuses a store that ignores the condition of %s', async (ignored) => {
  const store = createMemoryStore();
  const lawless: Store = {
    ...store,
    [ignored]: async (key: string, bytes: Uint8Array) => ({
      outcome: 'written',
      etag: (await store.put(key, bytes)).etag,
    }),
  };
  await expect(probeConditionalWrites(lawless)).rejects.toThrow(ConditionalWritesIgnored);
  expect(await keysIn(store)).toEqual([]);
});
