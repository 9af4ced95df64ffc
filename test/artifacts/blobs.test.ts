import { expect, it } from 'vitest';
import { DamagedArtifact, getBlob, stateOf, putBlob } from '../../artifacts/blobs.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { countingStore } from '../support/counting-store.ts';

const bytes = Buffer.from('immutable');

it('names bytes by their SHA-256 under two letters of it', async () => {
  const { ref } = await putBlob(createMemoryStore(), bytes);
  expect(ref.key).toBe(`blobs/sha256/${ref.sha256.slice(0, 2)}/${ref.sha256}`);
  expect(ref.sizeBytes).toBe(9);
});

it('does not upload what stands there already, and does so when told to mend', async () => {
  const store = countingStore(createMemoryStore());
  const first = await putBlob(store, bytes);
  const second = await putBlob(store, bytes);
  expect(second).toEqual(first);
  expect(store.calls.put).toBe(1);
  await putBlob(store, bytes, { always: true });
  expect(store.calls.put).toBe(2);
});

it('uploads over a blob of another size or content', async () => {
  const store = createMemoryStore();
  const { ref } = await putBlob(store, bytes);
  await store.put(ref.key, Buffer.from('imMutable'));
  await putBlob(store, bytes);
  expect(Buffer.from(await getBlob(store, ref)).toString()).toBe('immutable');
});

it.each([
  ['gone', undefined, 'nothing under its key'],
  ['of another size', 'short', '5 bytes'],
  ['of other content', 'imMutable', 'SHA-256'],
])('tells a blob that is %s, with its ref', async (_, standing, got) => {
  const store = createMemoryStore();
  const { ref, etag } = await putBlob(store, bytes);
  expect(stateOf({ ...ref, etag }, await store.head(ref.key))).toBe('intact');
  if (standing === undefined) await store.delete(ref.key);
  else await store.put(ref.key, Buffer.from(standing));
  expect(stateOf({ ...ref, etag }, await store.head(ref.key))).toBe(standing === undefined ? 'gone' : 'changed');
  const damage = await getBlob(store, ref).catch((error: unknown) => error);
  expect(damage).toBeInstanceOf(DamagedArtifact);
  expect(damage).toMatchObject({ ref, retryable: false });
  expect((damage as Error).message).toContain(got);
});
