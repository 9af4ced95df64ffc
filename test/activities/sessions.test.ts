import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { announceModel } from '../../activities/announce-model.ts';
import { createSessionAnnouncer } from '../../activities/session-announcer.ts';
import { createSessionKeeper } from '../../activities/session-keeper.ts';
import { nextReportMs } from '../../activities/watch-session.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { StoreUnavailable } from '../../artifacts/errors.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { readSession, recordSession } from '../../artifacts/sessions.ts';
import type { Store } from '../../artifacts/store.ts';
import { sessionRecordOf } from '../../activities/session-record.ts';
import type { PredictionSessionInput } from '../../workflows/contract.ts';
import { fakeDesk, someFigures } from '../support/fake-desk.ts';
import { silentLog } from '../support/silent-log.ts';
import { until } from '../support/until.ts';

/** Waits are skipped, but others get their turn. */
const hastyClock = { ...systemClock, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };

/** Sleeps until it is woken. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

describe('sessions without Temporal', () => {
  it('are announced when it is back; those that ended meanwhile come with their summary', async () => {
    const desk = fakeDesk('worker-a');
    const keeper = createSessionKeeper({ desk, store: createMemoryStore(), clock: hastyClock, log: silentLog });
    const started = new Map<string, PredictionSessionInput>();
    let isAway = true;
    desk.open('early'); // by a page that was faster than Temporal's client
    const announcer = createSessionAnnouncer({
      desk,
      keeper,
      clock: hastyClock,
      log: silentLog,
      async start(session, input) {
        if (isAway) throw new Error('no answer');
        started.set(session, input);
      },
    });
    desk.open('short');
    desk.open('long');
    desk.end('short', 'bye');
    await until(() => announcer.waiting === 3);
    expect(started.size).toBe(0);
    isAway = false;
    await until(() => announcer.waiting === 0);
    announcer.close();
    expect(started.get('short')).toMatchObject({ place: { workerId: 'worker-a' }, summary: { state: 'ended' } });
    expect(started.get('long')?.summary).toBeUndefined();
    expect(started.get('early')).toMatchObject({ place: { workerId: 'worker-a' } });
  });

  it('are summed up in a store that was away at their end', async () => {
    const inner = createMemoryStore();
    let refusals = 5;
    const store: Store = {
      ...inner,
      async putIfAbsent(key, bytes) {
        if (refusals-- > 0) throw new StoreUnavailable({ bucket: 'b', key, operation: 'put' }, 'no answer');
        return inner.putIfAbsent(key, bytes);
      },
    };
    const desk = fakeDesk('worker-a');
    const keeper = createSessionKeeper({ desk, store, clock: hastyClock, log: silentLog });
    desk.open('one');
    keeper.keep('one');
    desk.end('one', 'bye');
    await keeper.kept('one');
    expect(refusals).toBeLessThan(0);
    expect(await readSession(inner, 'one')).toMatchObject({ state: 'ended', reason: 'bye', worker: 'worker-a' });
  });

  it('are in the store when the worker stops at the moment of their end, however slow its disk is', async () => {
    const inner = createMemoryStore();
    const store: Store = {
      ...inner,
      async putIfAbsent(key, bytes) {
        await setTimeout(400);
        return inner.putIfAbsent(key, bytes);
      },
    };
    const desk = fakeDesk('worker-a');
    const keeper = createSessionKeeper({ desk, store, clock: systemClock, log: silentLog });
    desk.open('one');
    keeper.keep('one');
    desk.end('one', 'worker stopped');
    await keeper.close(10_000);
    expect(await readSession(inner, 'one')).toMatchObject({ state: 'ended', reason: 'worker stopped' });
  });

  it('hold a worker that stops only as long as a store takes to refuse them', async () => {
    let attempts = 0;
    const store: Store = {
      ...createMemoryStore(),
      async putIfAbsent(key) {
        attempts++;
        throw new StoreUnavailable({ bucket: 'b', key, operation: 'put' }, 'no answer');
      },
    };
    const desk = fakeDesk('worker-a');
    const sleepy = { ...systemClock, sleep: (_durationMs: number, signal?: AbortSignal) => aborted(signal!) };
    const keeper = createSessionKeeper({ desk, store, clock: sleepy, log: silentLog });
    desk.open('one');
    keeper.keep('one');
    desk.end('one', 'worker stopped');
    await until(() => attempts === 1);
    await keeper.close(60_000);
    expect(attempts).toBe(2);
  });
});

describe('the summary of a session', () => {
  it('stands once; what was said of a lost worker gives way to its own word, never the other way round', async () => {
    const store = createMemoryStore();
    const lost = sessionRecordOf('a', someFigures('one', { state: 'lost', reason: 'worker a was lost' }), systemClock);
    const ended = sessionRecordOf('a', someFigures('one', { state: 'ended', reason: 'bye' }), systemClock);
    expect(await recordSession(store, lost)).toEqual(lost);
    expect(await recordSession(store, ended)).toEqual(ended);
    expect(await recordSession(store, lost)).toEqual(ended);
    expect(await readSession(store, 'one')).toEqual(ended);
  });
});

it('tells the workflow its figures so seldom that an hour stays under sixty events', () => {
  const reports: number[] = [];
  for (let at = nextReportMs(0); at <= 3_600_000; at = nextReportMs(at)) reports.push(at);
  const opening = 19; // started, three workflow tasks, two activities, two search attributes, completed
  expect(opening + 4 * reports.length).toBeLessThanOrEqual(60);
});

describe('telling a worker that the champion moved', () => {
  it('asks it to look, and takes every failure calmly', async () => {
    const asked: string[] = [];
    const server = http.createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(503).end('{"error":"later"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await announceModel(() => url, 'digits');
    expect(asked).toEqual(['POST /v2/repository/models/digits/load']);
    await new Promise((resolve) => server.close(resolve));
    await announceModel(() => url, 'digits');
    await announceModel(() => undefined, 'digits');
  });
});
