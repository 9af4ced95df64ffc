// What every store must do. Each adapter's test runs this suite over a store of its own.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  BucketMissing,
  InvalidKey,
  ObjectTooLarge,
  StoreAccessDenied,
  StoreUnavailable,
} from '../../artifacts/errors.ts';
import { MAX_CONDITIONAL_BYTES, MAX_OBJECT_BYTES } from '../../artifacts/limits.ts';
import type { ConditionalWrite, Store } from '../../artifacts/store.ts';

export interface StoreUnderTest {
  store: Store;
  /** The same objects through another client, as another process would see them. */
  second: Store;
  /** A store whose answer to the next write is lost after the write has happened. */
  cuttingNextAnswer?: () => Store;
  /** The same bucket with credentials that nobody knows. */
  withWrongCredentials?: () => Store;
  /** A store over a bucket that does not exist. */
  withoutBucket: () => Store | Promise<Store>;
  close?: () => Promise<void>;
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const WRITERS = 64;

export interface StoreTraits {
  /** Requests cross a wire that can be cut: `cuttingNextAnswer` is there. */
  wire?: boolean;
  /** The store knows its callers: `withWrongCredentials` is there. */
  credentials?: boolean;
}

export function describeStore(name: string, traits: StoreTraits, open: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let subject: StoreUnderTest;
    let store: Store;
    let keyCount = 0;
    const freshKey = (): string => `contract/${keyCount++}/${randomBytes(4).toString('hex')}.json`;
    const listed = async (prefix: string): Promise<string[]> => {
      const found = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found;
    };

    beforeAll(async () => {
      subject = await open();
      store = subject.store;
    });
    afterAll(() => subject?.close?.());

    it.each([
      ['nothing', new Uint8Array()],
      ['every byte', Uint8Array.from({ length: 256 }, (_, value) => value)],
      ['a view into a larger buffer', new Uint8Array(new Uint8Array([9, 1, 2, 9]).buffer, 1, 2)],
      ['a megabyte of noise', randomBytes(1 << 20)],
    ])('gives back %s as it was put', async (_, bytes) => {
      const key = freshKey();
      const put = await store.put(key, bytes);
      const got = await subject.second.get(key);
      expect(Buffer.from(got!.bytes).equals(bytes)).toBe(true);
      expect(got).toMatchObject({ key, sizeBytes: bytes.byteLength, etag: put.etag });
      expect(got!.bytes.byteOffset).toBe(0);
      expect(await subject.second.head(key)).toMatchObject({ key, sizeBytes: bytes.byteLength, etag: put.etag });
      expect(put.sizeBytes).toBe(bytes.byteLength);
      expect(Math.abs(got!.lastModified.getTime() - Date.now())).toBeLessThan(120_000);
    });

    it('has nothing where nothing was put', async () => {
      const key = freshKey();
      expect(await store.get(key)).toBeUndefined();
      expect(await store.head(key)).toBeUndefined();
      expect(await listed(key)).toEqual([]);
      await store.delete(key);
      expect(await store.replaceIf(key, text('x'), 'd41d8cd98f00b204e9800998ecf8427e')).toEqual({
        outcome: 'lost',
        current: undefined,
      });
    });

    it('gives equal bytes equal ETags, whenever they are put', async () => {
      const key = freshKey();
      const first = await store.put(key, text('same'));
      const second = await store.put(key, text('same'));
      const other = await store.put(key, text('different'));
      expect(second.etag).toBe(first.etag);
      expect(other.etag).not.toBe(first.etag);
    });

    it('keeps what was put apart from the buffer it came in', async () => {
      const key = freshKey();
      const bytes = text('before');
      await store.put(key, bytes);
      bytes.fill(0);
      expect((await store.get(key))!.bytes).toEqual(text('before')); // and a Uint8Array, not a Buffer
      (await store.get(key))!.bytes.fill(0);
      expect(Buffer.from((await store.get(key))!.bytes).toString()).toBe('before');
    });

    it('overwrites, deletes, and lets a deleted object be created anew', async () => {
      const key = freshKey();
      await store.put(key, text('one'));
      await store.put(key, text('two'));
      expect(Buffer.from((await store.get(key))!.bytes).toString()).toBe('two');
      await subject.second.delete(key);
      expect(await store.get(key)).toBeUndefined();
      expect(await store.head(key)).toBeUndefined();
      expect(await listed(key)).toEqual([]);
      expect(await store.putIfAbsent(key, text('three'))).toMatchObject({ outcome: 'written' });
      expect(Buffer.from((await store.get(key))!.bytes).toString()).toBe('three');
    });

    it('tells its own time, by which it dates objects', async () => {
      const before = await store.now();
      const { key } = await store.put(freshKey(), text('dated'));
      const written = (await store.head(key))!.lastModified.getTime();
      expect(written).toBeGreaterThan(before - 2_000);
      expect(written).toBeLessThan((await subject.second.now()) + 2_000);
    });

    it('makes an object as young as one just written, with the bytes and the ETag it had', async () => {
      const key = `${freshKey()}/a b%20c+(d)'&=é`; // every character that a header could spoil
      await store.put(key, text('stays'));
      const old = (await store.head(key))!;
      await vi.waitUntil(async () => (await store.now()) > old.lastModified.getTime() + 2_500, { timeout: 120_000 });
      const young = (await store.refresh(key))!;
      expect(young).toMatchObject({ key, etag: old.etag, sizeBytes: old.sizeBytes });
      expect(young.lastModified.getTime()).toBeGreaterThan(old.lastModified.getTime());
      expect(await subject.second.get(key)).toEqual({ ...young, bytes: text('stays') });
      await store.delete(key, { once: true });
      expect(await store.refresh(key)).toBeUndefined();
      expect(await store.get(key)).toBeUndefined();
    });

    it('creates only where nothing is, and says what stands there instead', async () => {
      const key = freshKey();
      const first = await store.putIfAbsent(key, text('first'));
      expect(first).toMatchObject({ outcome: 'written', etag: (await store.head(key))!.etag });
      const second = await subject.second.putIfAbsent(key, text('second'));
      expect(second).toMatchObject({ outcome: 'lost', current: { key, sizeBytes: 5 } });
      expect(bytesOf(second)).toBe('first');
      expect(Buffer.from((await store.get(key))!.bytes).toString()).toBe('first');
    });

    it('counts its own earlier write as written', async () => {
      const key = freshKey();
      const first = await store.putIfAbsent(key, text('mine'));
      expect(await store.putIfAbsent(key, text('mine'))).toEqual(first);
      const { etag } = (await store.head(key))!;
      expect(await store.replaceIf(key, text('mine too'), etag)).toMatchObject({ outcome: 'written' });
      expect(await store.replaceIf(key, text('mine too'), etag)).toMatchObject({ outcome: 'written' });
    });

    it('replaces only the state it was told of', async () => {
      const key = freshKey();
      const { etag } = await store.put(key, text('one'));
      const replaced = await store.replaceIf(key, text('two'), etag);
      expect(replaced).toMatchObject({ outcome: 'written', etag: (await store.head(key))!.etag });
      const late = await subject.second.replaceIf(key, text('late'), etag);
      expect(late.outcome).toBe('lost');
      expect(bytesOf(late)).toBe('two');
    });

    it(`lets one of ${WRITERS} writers create`, async () => {
      const key = freshKey();
      const outcomes = await race(
        (writer) => ({ store: writer % 2 ? store : subject.second, writer }),
        async (each) => ({
          writer: each.writer,
          write: await each.store.putIfAbsent(key, text(`writer ${each.writer}`)),
        }),
      );
      const winners = outcomes.filter(({ write }) => write.outcome === 'written');
      expect(winners).toHaveLength(1);
      const standing = Buffer.from((await store.get(key))!.bytes).toString();
      expect(standing).toBe(`writer ${winners[0]!.writer}`);
      for (const { write } of outcomes) if (write.outcome === 'lost') expect(bytesOf(write)).toBe(standing);
    });

    it(`lets one of ${WRITERS} writers replace a state`, async () => {
      const key = freshKey();
      const { etag } = await store.put(key, text('start'));
      const outcomes = await race(
        (writer) => ({ store: writer % 2 ? store : subject.second, writer }),
        async (each) => each.store.replaceIf(key, text(`writer ${each.writer}`), etag),
      );
      expect(outcomes.filter(({ outcome }) => outcome === 'written')).toHaveLength(1);
    });

    it('loses none of the marks that eight writers add by compare-and-swap', async () => {
      const key = freshKey();
      await store.put(key, text('start'));
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          const client = writer % 2 ? store : subject.second;
          for (let round = 0; round < 3; round++) await addMark(client, key, `${writer}.${round}`);
        }),
      );
      const marks = Buffer.from((await store.get(key))!.bytes)
        .toString()
        .split(' ');
      expect(marks).toHaveLength(1 + 8 * 3);
      expect(new Set(marks).size).toBe(marks.length);
    });

    it('lists every object under a prefix in the order of its bytes', async () => {
      const folder = `order/${randomBytes(4).toString('hex')}/`;
      // No key lies under another one: MinIO stores such pairs, and lists only one of them.
      const names = [
        'a',
        'c/b',
        'a-b',
        'a.b',
        'a0',
        'B',
        '007',
        '7',
        '1e3',
        'é',
        'ￒ',
        '😀',
        'z z',
        'a+b',
        'a%20b',
        'a&b',
        'ab~',
        "!'()*",
      ];
      for (const name of names) await store.put(folder + name, text(name));
      await store.put(`${folder.slice(0, -1)}x/other`, text('outside'));
      const expected = names
        .map((name) => folder + name)
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await listed(folder)).toEqual(expected);
      expect(await listed(`${folder}a`)).toEqual(expected.filter((key) => key.startsWith(`${folder}a`)));
      expect(await listed(`${folder}!'()*`)).toEqual([`${folder}!'()*`]);
      for await (const info of store.list(folder)) {
        expect(info).toEqual(await store.head(info.key).then((head) => ({ ...head, lastModified: expect.any(Date) })));
        expect(Buffer.from((await store.get(info.key))!.bytes).toString()).toBe(info.key.slice(folder.length));
      }
    });

    it('lists more objects than one page holds', async () => {
      const folder = `pages/${randomBytes(4).toString('hex')}/`;
      const count = 1_050;
      for (let start = 0; start < count; start += 50) {
        await Promise.all(Array.from({ length: 50 }, (_, i) => store.put(`${folder}${start + i}`, text('x'))));
      }
      const found = await listed(folder);
      expect(found).toHaveLength(count);
      expect(new Set(found).size).toBe(count);
    });

    it.each(['', '/a', 'a/', 'a//b', 'a/../b', './a', 'a\u0000b', 'a\\b', '\ud800', 'k'.repeat(1025)])(
      'refuses the key %j before anything is sent',
      async (key) => {
        await expect(store.put(key, text('x'))).rejects.toThrow(InvalidKey);
        await expect(store.putIfAbsent(key, text('x'))).rejects.toThrow(InvalidKey);
        await expect(store.replaceIf(key, text('x'), 'e')).rejects.toThrow(InvalidKey);
        await expect(store.get(key)).rejects.toThrow(InvalidKey);
        await expect(store.head(key)).rejects.toThrow(InvalidKey);
        await expect(store.delete(key)).rejects.toThrow(InvalidKey);
      },
    );

    it('refuses what is too large for one request, naming sizes and key', async () => {
      const key = freshKey();
      await expect(store.putIfAbsent(key, new Uint8Array(MAX_CONDITIONAL_BYTES + 1))).rejects.toThrow(ObjectTooLarge);
      await expect(store.put(key, new Uint8Array(MAX_OBJECT_BYTES + 1))).rejects.toThrow(
        `expected at most ${MAX_OBJECT_BYTES} bytes, got ${MAX_OBJECT_BYTES + 1}`,
      );
      expect(await store.get(key)).toBeUndefined();
    });

    it('says so when the bucket is gone, whatever is asked', async () => {
      const gone = await subject.withoutBucket();
      await expect(gone.put('a', text('x'))).rejects.toThrow(BucketMissing);
      await expect(gone.putIfAbsent('a', text('x'))).rejects.toThrow(BucketMissing);
      await expect(gone.replaceIf('a', text('x'), 'e')).rejects.toThrow(BucketMissing);
      await expect(gone.get('a')).rejects.toThrow(BucketMissing);
      await expect(gone.head('a')).rejects.toThrow(BucketMissing);
      await expect(gone.list('a')[Symbol.asyncIterator]().next()).rejects.toThrow(BucketMissing);
      await expect(gone.refresh('a')).rejects.toThrow(BucketMissing);
      await expect(gone.now()).rejects.toThrow(BucketMissing);
    });

    if (traits.credentials)
      it('says so when it does not know the credentials, whatever is asked', async () => {
        const stranger = subject.withWrongCredentials!();
        const key = freshKey();
        await store.put(key, text('x'));
        await expect(stranger.put(key, text('y'))).rejects.toThrow(StoreAccessDenied);
        await expect(stranger.putIfAbsent(key, text('y'))).rejects.toThrow(StoreAccessDenied);
        await expect(stranger.get(key)).rejects.toThrow(StoreAccessDenied);
        await expect(stranger.head(key)).rejects.toThrow(StoreAccessDenied);
        await expect(stranger.list('')[Symbol.asyncIterator]().next()).rejects.toThrow(StoreAccessDenied);
        await expect(stranger.delete(key)).rejects.toThrow(StoreAccessDenied);
        await expect(stranger.refresh(key)).rejects.toThrow(StoreAccessDenied);
      });

    if (traits.wire)
      it('tells a write whose answer was lost from one that lost', async () => {
        const key = freshKey();
        expect(await subject.cuttingNextAnswer!().putIfAbsent(key, text('mine'))).toMatchObject({ outcome: 'written' });
        const { etag } = (await store.head(key))!;
        expect(await subject.cuttingNextAnswer!().replaceIf(key, text('mine too'), etag)).toMatchObject({
          outcome: 'written',
        });
        const lost = await subject.cuttingNextAnswer!().putIfAbsent(key, text('not mine'));
        expect(lost.outcome).toBe('lost');
        expect(bytesOf(lost)).toBe('mine too');
        const stale = await subject.cuttingNextAnswer!().replaceIf(key, text('stale'), etag);
        expect(bytesOf(stale)).toBe('mine too');
      });

    if (traits.wire)
      it('asks again when an answer to a read or an unconditional write was lost', async () => {
        const key = freshKey();
        await subject.cuttingNextAnswer!().put(key, text('content'));
        expect(Buffer.from((await subject.cuttingNextAnswer!().get(key))!.bytes).toString()).toBe('content');
        expect(await subject.cuttingNextAnswer!().head(key)).toMatchObject({ sizeBytes: 7 });
        expect(await subject.cuttingNextAnswer!().refresh(key)).toMatchObject({ sizeBytes: 7 });
        const cut = subject.cuttingNextAnswer!();
        const found = [];
        for await (const info of cut.list(key)) found.push(info.key);
        expect(found).toEqual([key]);
        await subject.cuttingNextAnswer!().delete(key);
        expect(await store.get(key)).toBeUndefined();
      });

    if (traits.wire)
      it('says so when a deletion that may be sent only once was not answered', async () => {
        const key = freshKey();
        await store.put(key, text('x'));
        await expect(subject.cuttingNextAnswer!().delete(key, { once: true })).rejects.toThrow(StoreUnavailable);
      });
  });
}

async function race<Each, Result>(
  each: (writer: number) => Each,
  run: (each: Each) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(Array.from({ length: WRITERS }, (_, writer) => run(each(writer))));
}

async function addMark(store: Store, key: string, mark: string): Promise<void> {
  for (;;) {
    const current = (await store.get(key))!;
    const next = `${Buffer.from(current.bytes).toString()} ${mark}`;
    if ((await store.replaceIf(key, text(next), current.etag)).outcome === 'written') return;
  }
}

function bytesOf(write: ConditionalWrite): string | undefined {
  return write.outcome === 'lost' && write.current ? Buffer.from(write.current.bytes).toString() : undefined;
}
