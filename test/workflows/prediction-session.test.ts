import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFailureInterceptor } from '../../activities/failure.ts';
import { createSessionKeeper } from '../../activities/session-keeper.ts';
import { createSessionActivities } from '../../activities/sessions.ts';
import { systemClock, type Clock } from '../../artifacts/clock.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { readSession } from '../../artifacts/sessions.ts';
import { checkoutFolder } from '../../config/home.ts';
import { cachedWorkflowBundle } from '../../workers/workflow-bundle.ts';
import {
  PREDICTION_SESSION,
  QUEUES,
  SESSION_QUERIES,
  SESSION_UPDATES,
  sessionQueue,
  type PredictionSessionInput,
  type PredictionSessionResult,
  type SessionFigures,
} from '../../workflows/contract.ts';
import { fakeDesk, someFigures, type FakeDesk } from '../support/fake-desk.ts';
import { silentLog } from '../support/silent-log.ts';
import { startTemporal, type TemporalServer } from '../support/start-temporal.ts';
import { until } from '../support/until.ts';

const store = createMemoryStore();
let temporal: TemporalServer;
let client: Client;
let desk: FakeDesk;
let hourly: FakeDesk;
let workers: Worker[];
let running: Promise<unknown>;

/** An hour of a worker passes in twenty seconds: what it tells Temporal at which of its hours is what counts. */
const SPEED = 180;
const HOUR_MS = 3_600_000;
const fastClock: Clock = {
  ...systemClock,
  monotonic: () => SPEED * systemClock.monotonic(),
  sleep: (durationMs, signal) => systemClock.sleep(durationMs / SPEED, signal),
};

/** The activity workers of one inference worker. */
async function serveDesk(
  served: FakeDesk,
  { clock = systemClock, queues = [QUEUES.sessions, sessionQueue(served.workerId)] } = {},
): Promise<Worker[]> {
  const keeper = createSessionKeeper({ desk: served, store, clock, log: silentLog });
  const inbound = createFailureInterceptor();
  const shared = {
    connection: temporal.environment.nativeConnection,
    namespace: temporal.namespace,
    activities: createSessionActivities({ desk: served, store, clock, keeper }),
    interceptors: { activity: [() => ({ inbound })] },
    maxHeartbeatThrottleInterval: 4_000,
  };
  return Promise.all(queues.map((taskQueue) => Worker.create({ ...shared, taskQueue })));
}

beforeAll(async () => {
  temporal = await startTemporal();
  client = temporal.environment.client;
  desk = fakeDesk('worker-a');
  hourly = fakeDesk('worker-of-hours');
  workers = [
    await Worker.create({
      connection: temporal.environment.nativeConnection,
      namespace: temporal.namespace,
      taskQueue: QUEUES.sessions,
      workflowBundle: { codePath: await cachedWorkflowBundle(checkoutFolder) },
    }),
    ...(await serveDesk(desk)),
    ...(await serveDesk(hourly, { clock: fastClock, queues: [sessionQueue(hourly.workerId)] })),
  ];
  running = Promise.all(workers.map((worker) => worker.run()));
});

afterAll(async () => {
  workers?.forEach((worker) => worker.shutdown());
  await running;
  await temporal?.stop();
});

async function start(input?: PredictionSessionInput) {
  const session = `session-${randomUUID()}`;
  const handle = await client.workflow.start(PREDICTION_SESSION, {
    taskQueue: QUEUES.sessions,
    workflowId: session,
    args: input === undefined ? [] : [input],
  });
  return {
    session,
    handle,
    link: () => until(() => handle.query<string | undefined>(SESSION_QUERIES.link)),
    figures: () => handle.query<SessionFigures>(SESSION_QUERIES.figures),
    update: (name: string) => handle.executeUpdate<SessionFigures, []>(name),
    result: () => handle.result() as Promise<PredictionSessionResult>,
  };
}

describe.concurrent('a session as a workflow', () => {
  it('gives a link for `{}`, is paused, resumed and ended by updates, and its summary is stored', async () => {
    const { session, handle, link, figures, update, result } = await start();
    expect(await link()).toBe(`http://127.0.0.1:8080/?session=${session}`);
    desk.change(session, { state: 'open', frames: { received: 10, answered: 9, dropped: 1 } });
    expect(await update(SESSION_UPDATES.pause)).toMatchObject({ state: 'paused' });
    expect(desk.figures(session)?.state).toBe('paused');
    expect(await figures()).toMatchObject({ state: 'paused', frames: { received: 10 } });
    expect(await update(SESSION_UPDATES.resume)).toMatchObject({ state: 'open' });
    await update(SESSION_UPDATES.end);
    const summary = await result();
    expect(summary).toMatchObject({ session, state: 'ended', frames: { received: 10, answered: 9, dropped: 1 } });
    expect(await readSession(store, session)).toMatchObject({ ...summary, worker: 'worker-a', kind: 'session' });
    const { events } = await handle.fetchHistory();
    expect(events!.length).toBeLessThanOrEqual(60);
    await expect(update(SESSION_UPDATES.pause)).rejects.toThrow();
  });

  it('shows live figures in the pending heartbeat, which costs no history', async () => {
    const { session, handle, update } = await start({ place: { workerId: 'worker-a', link: 'http://127.0.0.1/' } });
    // The page's session has the workflow's id.
    desk.open(session);
    desk.change(session, { frames: { received: 500, answered: 490, dropped: 10 } });
    const seen = await until(async () => {
      const { raw } = await handle.describe();
      const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
      return payload ? (JSON.parse(Buffer.from(payload).toString()) as SessionFigures) : undefined;
    });
    expect(seen).toMatchObject({ session, frames: { received: 500 } });
    const before = (await handle.fetchHistory()).events!.length;
    desk.change(session, { frames: { received: 900, answered: 880, dropped: 20 } });
    await until(async () => {
      const { raw } = await handle.describe();
      const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
      return Buffer.from(payload ?? []).includes('900') || undefined;
    });
    expect((await handle.fetchHistory()).events!.length).toBe(before);
    await update(SESSION_UPDATES.end);
  });

  it('costs at most 60 events of history in an hour', async () => {
    const began = fastClock.monotonic();
    const { session, handle, figures, result } = await start({ place: { workerId: 'worker-of-hours', link: '' } });
    hourly.open(session);
    for (let passedMs = 0; passedMs < HOUR_MS; passedMs = fastClock.monotonic() - began) {
      const received = Math.floor(passedMs / 1_000); // one a second
      hourly.change(session, { frames: { received, answered: received, dropped: 0 } });
      await systemClock.sleep(50);
    }
    expect((await figures()).frames.received).toBeGreaterThan(100); // it was told, though rarely
    hourly.end(session, 'bye');
    await result();
    const { events } = await handle.fetchHistory();
    console.info(`a session of an hour: ${events!.length} events of history`);
    expect(events!.length).toBeLessThanOrEqual(60);
  });

  it('ends in order when it is cancelled: the summary is the result all the same', async () => {
    const { session, handle, link, result } = await start();
    await link();
    desk.change(session, { state: 'open' });
    await until(async () => (await handle.describe()).raw.pendingActivities?.[0]?.lastStartedTime ?? undefined);
    await handle.cancel();
    expect(await result()).toMatchObject({ state: 'ended', reason: 'cancelled through Temporal' });
  });

  it('notes a session that ended while Temporal was away', async () => {
    const summary = someFigures('while-away', { state: 'ended', reason: 'bye', endedAt: '2026-11-22T10:05:00.000Z' });
    const { result } = await start({ summary, place: { workerId: 'worker-b', link: '' } });
    expect(await result()).toEqual(summary);
    expect(await readSession(store, 'while-away')).toMatchObject({ state: 'ended', worker: 'worker-b' });
  });

  it('is lost with its worker: nobody takes the watch up', async () => {
    const { session, result } = await start({ place: { workerId: 'nobody', link: '' }, source: 'camera' });
    expect(await result()).toMatchObject({
      session,
      state: 'lost',
      source: 'camera',
      reason: 'worker nobody was lost',
    });
    expect(await readSession(store, session)).toMatchObject({ state: 'lost' });
  });
});
