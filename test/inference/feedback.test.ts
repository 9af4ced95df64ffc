import { expect, test } from 'vitest';
import { systemClock } from '../../artifacts/clock.ts';
import { StoreAccessDenied, StoreUnavailable } from '../../artifacts/errors.ts';
import { listCorrections } from '../../artifacts/feedback-list.ts';
import { keys } from '../../artifacts/keys.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import type { Store } from '../../artifacts/store.ts';
import { CorrectionRefused } from '../../inference/correction-refused.ts';
import { createFeedbackSink, type FeedbackSinkOptions } from '../../inference/feedback.ts';
import { startFeedbackSweep } from '../../inference/feedback-sweep.ts';
import type { Correction } from '../../inference/sessions/feedback-sink.ts';
import { decodePng } from '../../ml/codecs/png.ts';
import { toNetworkInput } from '../../ml/image/network-input.ts';
import { storeCorrection } from '../../artifacts/feedback.ts';
import { correctionOf } from '../support/corrections.ts';
import { countingStore } from '../support/counting-store.ts';

/** A dark stroke on light paper. */
function crop(width: number, height: number): Correction['crop'] {
  const pixels = new Uint8Array(width * height).fill(220);
  for (let y = height >> 2; y < height - (height >> 2); y++)
    for (let x = (width * 2) >> 2; x < (width * 5) >> 3; x++) pixels[y * width + x] = 30 + ((x * y) % 11);
  return { pixels, width, height };
}

const correction = (changes: Partial<Correction> = {}): Correction => ({
  crop: crop(40, 60),
  label: '1',
  prediction: { label: '7', probability: 0.6, probabilities: [], decision: 'uncertain' },
  model: { name: 'digits', version: 3, digest: 'ab'.repeat(32) },
  session: 'a session',
  seq: 12,
  digitId: 4,
  ...changes,
});

function open(options: Partial<FeedbackSinkOptions> = {}) {
  let atMs = Date.parse('2026-11-01T12:00:00Z');
  const clock = { ...systemClock, now: () => atMs, monotonic: () => atMs };
  const store = countingStore(options.store ?? createMemoryStore());
  const sink = createFeedbackSink({ clock, ...options, store });
  return {
    store,
    sink,
    clock,
    pass: (ms: number) => void (atMs += ms),
    listed: async () => (await listCorrections({ store, clock })).corrections,
  };
}

/** A store whose writes fail as long as it is told so. */
function failing(error: () => Error | undefined): Store {
  const store = createMemoryStore();
  const orFail = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const reason = error();
    return reason === undefined ? work() : Promise.reject(reason);
  };
  return {
    ...store,
    put: (key, bytes) => orFail(() => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => orFail(() => store.putIfAbsent(key, bytes)),
    delete: (key) => orFail(() => store.delete(key)),
  };
}
const place = { bucket: 'b', key: 'k', operation: 'put' };

test('a correction holds the crop, what was said, what is true, and whose it is', async () => {
  const { sink, listed } = open();
  const { feedback } = await sink.store(correction());
  const [stored] = await listed();
  expect(stored).toMatchObject({
    id: feedback,
    label: '1',
    prediction: { label: '7', probability: 0.6, decision: 'uncertain' },
    model: { name: 'digits', version: 3 },
    session: 'a session',
    seq: 12,
    digit: 4,
    at: '2026-11-01T12:00:00.000Z',
    expiresAt: '2027-01-30T12:00:00.000Z',
  });
  expect(decodePng(Buffer.from(stored!.crop.png, 'base64'))).toEqual(crop(40, 60));
});

test('a large crop is stored small, and gives the model the same input as the whole one', async () => {
  const { sink, listed } = open();
  const large = crop(500, 700);
  await sink.store(correction({ crop: large }));
  const [{ crop: stored } = expect.fail()] = await listed();
  expect([stored.width, stored.height]).toEqual([91, 128]);
  const { pixels, width, height } = decodePng(Buffer.from(stored.png, 'base64'));
  expect(toNetworkInput(pixels, width, height, 'digit')).toEqual(toNetworkInput(large.pixels, 500, 700, 'digit'));
});

test('the same word about the same digit of a frame is stored once, another word takes its place', async () => {
  const { sink, listed, store } = open();
  const first = await sink.store(correction());
  expect(await sink.store(correction())).toEqual(first);
  const second = await sink.store(correction({ label: 'none' }));
  expect((await listed()).map(({ id, label }) => [id, label])).toEqual([[second.feedback, 'none']]);
  expect(await store.get(keys.correction(first.feedback))).toBeUndefined();
  await sink.store(correction({ seq: 13 }));
  await sink.store(correction({ session: 'another' }));
  await sink.store(correction({ digitId: 5 }));
  expect(await listed()).toHaveLength(4);
});

test('what was undone may be stored again, under another id', async () => {
  const { sink, listed } = open();
  const first = await sink.store(correction());
  await sink.remove(first.feedback);
  await sink.remove(first.feedback);
  expect(await listed()).toEqual([]);
  const second = await sink.store(correction());
  expect(second.feedback).not.toBe(first.feedback);
  expect(await listed()).toHaveLength(1);
});

test.each(['10', 'x', '', 'None', '../../secrets'])('the label %j is refused, and nothing is stored', async (label) => {
  const { sink, store } = open();
  await expect(sink.store(correction({ label }))).rejects.toThrow(CorrectionRefused);
  expect(store.calls.putIfAbsent).toBe(0);
});

test('a session may store so many within an hour, others are not held up by it', async () => {
  const { sink, pass } = open({ perSessionHour: 3 });
  for (let seq = 0; seq < 3; seq++) {
    await sink.store(correction({ seq }));
    pass(60_000);
  }
  await expect(sink.store(correction({ seq: 3 }))).rejects.toThrow(/at most 3 corrections an hour/);
  await sink.store(correction({ seq: 3, session: 'another' }));
  pass(3_600_000 - 3 * 60_000);
  await sink.store(correction({ seq: 3 }));
  await expect(sink.store(correction({ seq: 4 }))).rejects.toThrow(CorrectionRefused);
});

test('a full store refuses, says what to do, and takes corrections again when there is room', async () => {
  const { sink, store, clock, pass } = open({ most: 3 });
  await storeCorrection(store, correctionOf(1, clock.now()));
  const made = [];
  for (let seq = 0; seq < 2; seq++) made.push(await sink.store(correction({ seq })));
  await expect(sink.store(correction({ seq: 2 }))).rejects.toThrow(/at most 3 stored.*digitflow feedback delete/);
  await sink.remove(made[0]!.feedback);
  await sink.store(correction({ seq: 2 }));
  await expect(sink.store(correction({ seq: 3 }))).rejects.toThrow(CorrectionRefused);
  pass(60_000); // others deleted one meanwhile
  await store.delete(keys.correction(made[1]!.feedback));
  await sink.store(correction({ seq: 3 }));
});

test('corrections are counted once a minute, not once a correction', async () => {
  const { sink, store, pass } = open();
  await Promise.all(Array.from({ length: 20 }, (_, seq) => sink.store(correction({ seq }))));
  expect(store.calls.list).toBe(1);
  pass(60_000);
  await sink.store(correction({ seq: 99 }));
  expect(store.calls.list).toBe(3); // records, and tombstones because there are records
});

test('without write rights teaching is off with the reason, and on again when rights were given', async () => {
  let error: Error | undefined = new StoreAccessDenied(place, 'AccessDenied');
  const { sink, pass } = open({ store: failing(() => error) });
  expect(sink.state()).toMatchObject({ available: false });
  expect(await sink.check()).toEqual({ available: false, reason: expect.stringMatching(/keys may not write/) });
  error = undefined;
  expect(sink.state()).toMatchObject({ available: false });
  pass(30_000);
  sink.state(); // asks in the background
  await expect.poll(() => sink.state()).toEqual({ available: true });
  error = new StoreAccessDenied(place, 'AccessDenied');
  await expect(sink.store(correction())).rejects.toThrow(StoreAccessDenied);
  expect(sink.state()).toMatchObject({ available: false, reason: expect.stringMatching(/keys may not write/) });
});

test('a store that is down is no reason to fail at the start, and its words are not repeated', async () => {
  const { sink } = open({ store: failing(() => new StoreUnavailable(place, 'ECONNREFUSED 10.1.2.3:9000')) });
  expect(await sink.check()).toEqual({
    available: false,
    reason: 'the object store does not take corrections just now',
  });
});

test('asking for rights leaves nothing behind', async () => {
  const { sink, store } = open();
  expect(await sink.check()).toEqual({ available: true });
  for await (const { key } of store.list('')) throw new Error(`expected nothing, got ${key}`);
});

test('the sweep runs at the start and daily, waits ten minutes after a failure, and stops at once', async () => {
  const store = createMemoryStore();
  const old = correctionOf(1, 1_000);
  await storeCorrection(store, old);
  const sleeps: number[] = [];
  const wakers: (() => void)[] = [];
  const clock = {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        sleeps.push(ms);
        wakers.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  };
  let down = true;
  const list: Store['list'] = (prefix) => {
    if (down) throw new StoreUnavailable(place, 'silence');
    return store.list(prefix);
  };
  const said: string[] = [];
  const log = {
    info: (_: object, text: string) => said.push(text),
    warn: (_: object, text: string) => said.push(text),
  };
  const stop = startFeedbackSweep({ store: { ...store, list }, clock, log });
  await expect.poll(() => sleeps).toEqual([600_000]);
  down = false;
  wakers[0]!();
  await expect.poll(() => sleeps).toEqual([600_000, 86_400_000]);
  expect(said).toEqual(['corrections not swept', 'corrections removed']);
  expect(await store.get(keys.correction(old.id))).toBeUndefined();
  await stop();
});
