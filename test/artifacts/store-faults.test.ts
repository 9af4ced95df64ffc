// A real MinIO behind a wire that fails in every way a wire, a busy server, a full disk or a wrong clock can: what the store's
// port says then, how often it asks, and that what it said is so.

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DamagedArtifact, getBlob, putBlob } from '../../artifacts/blobs.ts';
import {
  BucketMissing,
  StoreAccessDenied,
  StoreClockSkewed,
  StoreFull,
  StoreUnavailable,
} from '../../artifacts/errors.ts';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import { connect, type MinioStoreOptions } from '../../artifacts/minio-store-client.ts';
import type { Store } from '../../artifacts/store.ts';
import { createRandom } from '../../ml/random.ts';
import { startFaultyProxy, type Fault, type FaultyProxy } from '../support/faulty-proxy.ts';
import { sharedMinio } from '../support/minio.ts';

let options: MinioStoreOptions;
let proxy: FaultyProxy;
/** Through the proxy. */
let store: Store;
/** Past it: what really stands there. */
let direct: Store;
beforeAll(async () => {
  options = { ...(await sharedMinio()), bucket: `faults-${randomBytes(6).toString('hex')}` };
  await createMinioBucket(options);
  direct = createMinioStore(options);
  proxy = await startFaultyProxy(options.endpoint);
});
beforeEach(() => {
  store = createMinioStore({ ...options, endpoint: proxy.endpoint });
});
afterEach(() => proxy.mend());
afterAll(() => proxy?.close());

let keyCount = 0;
const freshKey = (): string => `faults/${keyCount++}`;
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const standing = async (key: string): Promise<string | undefined> => {
  const found = await direct.get(key);
  return found && Buffer.from(found.bytes).toString();
};

/** Each call of the port on an object that stands there, and what it gives when nothing fails. */
const CALLS: Record<string, (on: Store, key: string) => Promise<unknown>> = {
  put: async (on, key) => {
    await on.put(key, text('put anew'));
    return standing(key);
  },
  putIfAbsent: async (on, key) => {
    const { outcome } = await on.putIfAbsent(`${key}.new`, text('created'));
    return [outcome, await standing(`${key}.new`)];
  },
  replaceIf: async (on, key) => {
    const { etag } = (await direct.head(key))!;
    const { outcome } = await on.replaceIf(key, text('replaced'), etag);
    return [outcome, await standing(key)];
  },
  get: async (on, key) => Buffer.from((await on.get(key))!.bytes).toString(),
  head: async (on, key) => (await on.head(key))!.sizeBytes,
  list: async (on, key) => {
    const found = [];
    for await (const info of on.list(key)) found.push(info.key);
    return found.length;
  },
  delete: async (on, key) => {
    await on.delete(key);
    return standing(key);
  },
  refresh: async (on, key) => (await on.refresh(key))!.sizeBytes,
};
const EXPECTED: Record<string, unknown> = {
  put: 'put anew',
  putIfAbsent: ['written', 'created'],
  replaceIf: ['written', 'replaced'],
  get: 'stands there',
  head: 12,
  list: 1,
  delete: undefined,
  refresh: 12,
};

const error = (status: number, code: string): Fault => ({ kind: 'error', status, code });
const PASSING: [string, Fault][] = [
  ['refuses the connection', { kind: 'refused' }],
  ['answers 500', error(500, 'InternalError')],
  ['answers 503', error(503, 'SlowDown')],
  ['did what was asked and answers 500', { kind: 'error', status: 500, code: 'InternalError', acted: true }],
  ['did what was asked and is not heard', { kind: 'lost answer' }],
  ['is cut off in the middle of a request', { kind: 'cut request' }],
  ['is cut off in the middle of an answer', { kind: 'cut answer' }],
  ['got spoilt bytes', error(400, 'XAmzContentSHA256Mismatch')],
];

describe.each(PASSING)('a store that %s', (_, fault) => {
  it.each(Object.keys(CALLS))('has done what %s asked for when it is asked again', async (name) => {
    const key = freshKey();
    await direct.put(key, text('stands there'));
    proxy.failNext(fault);
    expect(await CALLS[name]!(store, key)).toEqual(EXPECTED[name]);
    expect(proxy.failed()).toBeGreaterThan(0);
  });
});

describe('a store that is down for longer', () => {
  it.each([
    ['connections refused', { kind: 'refused' } as const, /ECONNRESET|socket hang up/],
    ['answers of 503', error(503, 'SlowDown'), /HTTP status 503 \(SlowDown\)/],
    ['answers of 500', error(500, 'InternalError'), /HTTP status 500 \(InternalError\)/],
    ['requests cut', { kind: 'cut request' } as const, /ECONNRESET|socket hang up/],
  ])('by %s: says so as something that may pass, and has left nothing half done', async (_, fault, got) => {
    const key = freshKey();
    await direct.put(key, text('stands there'));
    proxy.failAs(() => fault);
    const saying = Object.entries(CALLS).map(async ([name, call]) => {
      const said = await call(store, key).catch((caught: unknown) => caught);
      expect(said, name).toBeInstanceOf(StoreUnavailable);
      expect(said).toMatchObject({ retryable: true });
      expect((said as Error).message).toMatch(/faults\/\d+.*expected an answer from the store, got /);
      // A HEAD's answer has no body that could name a code.
      if (name !== 'head' && name !== 'refresh') expect((said as Error).message).toMatch(got);
    });
    await Promise.all(saying);
    proxy.mend();
    expect(await standing(key)).toBe('stands there');
    expect(await standing(`${key}.new`)).toBeUndefined();
    expect(await CALLS['replaceIf']!(store, key)).toEqual(EXPECTED['replaceIf']);
  });

  it('is waited for as long as the time limit of a request allows, and no longer', async () => {
    const waiting = (timeoutMs: number) => createMinioStore({ ...options, endpoint: proxy.endpoint, timeoutMs });
    const key = freshKey();
    await direct.put(key, text('stands there'));
    proxy.failAs(() => ({ kind: 'slow', delayMs: 100 }));
    expect(await CALLS['get']!(waiting(60_000), key)).toBe('stands there');
    proxy.failAs(() => ({ kind: 'silent' }));
    await expect(waiting(400).get(key)).rejects.toThrow('no byte from the store for 400 ms');
  });
});

it('loses no mark that was acknowledged and writes none twice, in bursts of every fault (seeded)', async () => {
  const random = createRandom(20_261_126);
  const faults = PASSING.map(([, fault]) => fault);
  // Seven requests pass, then nine fail: however four writers take turns, one of them has its three attempts among those nine.
  let request = 0;
  proxy.failAs(() => (request++ % 16 < 7 ? undefined : faults[random.integer(faults.length)]));
  const key = freshKey();
  await direct.put(key, text('start'));
  const acknowledged: string[] = [];
  let unanswered = 0;
  const addMark = async (mark: string): Promise<void> => {
    for (;;)
      try {
        const current = (await store.get(key))!;
        const marks = Buffer.from(current.bytes).toString();
        if (marks.split(' ').includes(mark)) return;
        if ((await store.replaceIf(key, text(`${marks} ${mark}`), current.etag)).outcome === 'written') {
          acknowledged.push(mark);
          return;
        }
      } catch (caught) {
        if (!(caught instanceof StoreUnavailable)) throw caught;
        unanswered++; // written or not: the next look tells
      }
  };
  await Promise.all(
    Array.from({ length: 4 }, async (_, writer) => {
      for (let round = 0; round < 5; round++) await addMark(`${writer}.${round}`);
    }),
  );
  const marks = (await standing(key))!.split(' ');
  expect(marks).toHaveLength(1 + 4 * 5);
  expect(new Set(marks).size).toBe(marks.length);
  expect(marks).toEqual(expect.arrayContaining(acknowledged));
  expect(proxy.failed()).toBeGreaterThan(20);
  expect(unanswered).toBeGreaterThan(0);
});

describe('what no other attempt mends is said at once', () => {
  const askedFor = async (call: () => Promise<unknown>): Promise<{ said: unknown; asked: number }> => {
    const before = proxy.asked();
    const said = await call().catch((caught: unknown) => caught);
    return { said, asked: proxy.asked() - before };
  };

  it.each([
    ['an unknown access key', { accessKey: 'nobody' }],
    ['a wrong secret key', { secretKey: 'not the secret key' }],
  ])('%s: one request, never a second one', async (_, wrong) => {
    const stranger = createMinioStore({ ...options, endpoint: proxy.endpoint, ...wrong });
    const key = freshKey();
    await direct.put(key, text('stands there'));
    for (const [name, call] of Object.entries(CALLS)) {
      const { said, asked } = await askedFor(() => call(stranger, key));
      expect(said, name).toBeInstanceOf(StoreAccessDenied);
      expect(said).toMatchObject({ retryable: false });
      expect((said as Error).message).toMatch(/expected credentials that allow it, got (\w+) \(/);
      expect(asked).toBe(1);
    }
    expect(await standing(key)).toBe('stands there');
  });

  it('a bucket that was deleted: at most one more request, to know that it is the bucket; back again, all goes on', async () => {
    const bucket = `gone-${randomBytes(6).toString('hex')}`;
    const own = { ...options, bucket };
    await createMinioBucket(own);
    const through = createMinioStore({ ...own, endpoint: proxy.endpoint });
    await through.put('a', text('stands there'));
    await through.delete('a');
    await (await connect(own).open()).removeBucket(bucket);
    for (const call of [
      () => through.put('a', text('x')),
      () => through.putIfAbsent('a', text('x')),
      () => through.get('a'),
      () => through.head('a'),
    ]) {
      const { said, asked } = await askedFor(call);
      expect(said).toBeInstanceOf(BucketMissing);
      expect(said).toMatchObject({ retryable: false });
      expect((said as Error).message).toContain(`expected the bucket ${bucket} to exist`);
      expect(asked).toBeLessThanOrEqual(2);
    }
    await createMinioBucket(own);
    expect(await through.putIfAbsent('a', text('x'))).toMatchObject({ outcome: 'written' });
  });
});

it('of a server whose disk is full says that room is needed, and writes when there is some', async () => {
  // The answer that MinIO gives then; test/artifacts/full-disk.test.ts has the real one where a disk can be mounted.
  proxy.failAs(({ method }) => (method === 'PUT' ? error(507, 'XMinioStorageFull') : undefined));
  const key = freshKey();
  for (const write of [() => store.put(key, text('x')), () => store.putIfAbsent(key, text('x'))]) {
    const said = await write().catch((caught: unknown) => caught);
    expect(said).toBeInstanceOf(StoreFull);
    expect(said).toMatchObject({ retryable: true });
    expect((said as Error).message).toMatch(/faults\/\d+.*expected room in the store.*free or add disk space/);
  }
  expect(await store.get(key)).toBeUndefined();
  proxy.mend();
  expect(await store.putIfAbsent(key, text('x'))).toMatchObject({ outcome: 'written' });
});

describe('a clock that is wrong', () => {
  afterEach(() => vi.useRealTimers());

  it.each([
    ['20 minutes ahead', 20],
    ['20 minutes behind', -20],
  ])('%s: is named for what it is, whatever is asked, and all goes on when it is set', async (words, minutes) => {
    const key = freshKey();
    await direct.put(key, text('stands there'));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 });
    for (const call of [
      () => store.get(key),
      () => store.head(key),
      () => store.put(key, text('x')),
      () => store.putIfAbsent(key, text('x')),
      () => store.delete(key),
    ]) {
      const said = await call().catch((caught: unknown) => caught);
      expect(said).toBeInstanceOf(StoreClockSkewed);
      expect(said).toMatchObject({ retryable: true });
      expect((said as Error).message).toMatch(
        new RegExp(`within 15 minutes of the store's, got ${words}.*set the clock`),
      );
    }
    vi.useRealTimers();
    expect(await CALLS['get']!(store, key)).toBe('stands there');
  });
});

describe.each([
  ['with one bit flipped', { kind: 'flipped' } as const],
  ['that lacks its last byte', { kind: 'truncated' } as const],
])('an object %s', (_, fault) => {
  it('on its way is read once more, and what is given is whole', async () => {
    const bytes = randomBytes(100_000);
    const { ref } = await putBlob(direct, bytes);
    proxy.failNext(fault);
    expect(Buffer.from(await getBlob(store, ref)).equals(bytes)).toBe(true);
    expect(proxy.failed()).toBeGreaterThan(0);
  });

  it('in the store itself is never given as what it was named for', async () => {
    const { ref } = await putBlob(direct, randomBytes(100_000));
    proxy.failAs(({ method }) => (method === 'GET' ? fault : undefined));
    const said = await getBlob(store, ref).catch((caught: unknown) => caught);
    expect(said).toBeInstanceOf(DamagedArtifact);
    expect((said as Error).message).toMatch(/^blobs\/sha256\/.*: expected 100000 bytes with SHA-256 \w+, got /);
  });
});
