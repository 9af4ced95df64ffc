import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSourceKeeper } from '../../activities/kept-source.ts';
import { testContext } from './sources/context.ts';

const MIB = 2 ** 20;

it('lays files one after another into parts of 16 MiB, whatever chunks they come in, and lists them', async () => {
  const context = testContext();
  const keeper = createSourceKeeper((bytes) => context.write(bytes));
  const large = Buffer.alloc(20 * MIB, 7);
  async function* inChunks() {
    const reused = Buffer.alloc(3 * MIB);
    for (let at = 0; at < large.length; at += reused.length)
      yield reused.subarray(0, large.copy(reused, 0, at, at + reused.length));
  }
  await keeper.keep('a/small', Buffer.from('small'));
  await keeper.keep('a/large', inChunks());
  await keeper.keep('a/link', null);
  await keeper.keep('b/empty', Buffer.alloc(0));
  const kept = (await keeper.finish())!;
  expect(kept.parts.map(({ sizeBytes }) => sizeBytes)).toEqual([16 * MIB, 4 * MIB + 5]);
  const joined = Buffer.concat(kept.parts.map(({ key }) => context.blobs.get(key)!));
  expect(joined.equals(Buffer.concat([Buffer.from('small'), large]))).toBe(true);
  const lines = Buffer.from(context.blobs.get(kept.index.key)!).toString().trim().split('\n');
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { path: 'a/small', sizeBytes: 5, sha256: sha256(Buffer.from('small')) },
    { path: 'a/large', sizeBytes: 20 * MIB, sha256: sha256(large) },
    { path: 'a/link', sizeBytes: null },
    { path: 'b/empty', sizeBytes: 0, sha256: sha256(Buffer.alloc(0)) },
  ]);
});

it('names what stands in the store already, and is nothing when nothing was kept', async () => {
  const context = testContext();
  const keeper = createSourceKeeper((bytes) => context.write(bytes));
  expect(await keeper.finish()).toBeUndefined();
  const part = await context.write(Buffer.from('archive'));
  await keeper.keepBlobs('digits.tgz', [part]);
  const kept = (await keeper.finish())!;
  expect(kept.parts).toEqual([part]);
  expect(JSON.parse(Buffer.from(context.blobs.get(kept.index.key)!).toString())).toEqual({
    path: 'digits.tgz',
    sizeBytes: 7,
  });
});
