import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../artifacts/clock.ts';
import { StoreAccessDenied, StoreUnavailable } from '../../../artifacts/errors.ts';
import { storeCorrection } from '../../../artifacts/feedback.ts';
import { keys } from '../../../artifacts/keys.ts';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import type { Store } from '../../../artifacts/store.ts';
import { feedbackRoutes } from '../../../inference/routes/feedback.ts';
import type { RouteDependencies } from '../../../inference/routes/route.ts';
import { correctionOf } from '../../support/corrections.ts';

const START_MS = Date.parse('2026-11-01T12:00:00Z');
const DAY_MS = 86_400_000;

let nowMs: number;
let store: Store;
let app: FastifyInstance;
/** What the store says next, instead of an answer. */
let failure: Error | undefined;

beforeEach(async () => {
  nowMs = START_MS;
  failure = undefined;
  const memory = createMemoryStore();
  store = memory;
  const watched: Store = {
    ...memory,
    list: (prefix) => {
      if (failure !== undefined) throw failure;
      return memory.list(prefix);
    },
    head: (key) => (failure === undefined ? memory.head(key) : Promise.reject(failure)),
  };
  app = Fastify();
  const routes = feedbackRoutes({ ...systemClock, now: () => nowMs });
  await app.register(async (inner) => routes(inner, { store: watched } as RouteDependencies));
});
afterEach(() => app.close());

async function putMany(count: number) {
  const made = Array.from({ length: count }, (_, number) => correctionOf(number, nowMs + number));
  for (const each of made) await storeCorrection(store, each);
  return made;
}
const ask = async (method: 'GET' | 'DELETE', url: string) => {
  const { statusCode: status, body, headers } = await app.inject({ method, url });
  return { status, headers, body: body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : body };
};

test('lists corrections newest first, a page at a time, without pictures and without sessions', async () => {
  const made = await putMany(5);
  const { status, body, headers } = await ask('GET', '/v1/feedback?limit=2');
  expect(status).toBe(200);
  expect(headers['cache-control']).toBe('no-store');
  const { id, label, prediction, model, at, expiresAt } = made[4]!;
  expect(body).toEqual({
    corrections: [
      {
        id,
        label,
        prediction: { label: prediction.label, probability: prediction.probability },
        model,
        at,
        expiresAt,
        width: 12,
        height: 12,
        image: `/v1/feedback/${id}/image`,
      },
      expect.objectContaining({ id: made[3]!.id }),
    ],
    next: made[3]!.id,
    total: 5,
    damaged: [],
  });
  const rest = await ask('GET', `/v1/feedback?before=${made[3]!.id}`);
  expect(rest.body).toMatchObject({ next: null, corrections: [2, 1, 0].map((at) => ({ id: made[at]!.id })) });
});

test('shows the crop of a correction, to be kept by nobody', async () => {
  const [made] = await putMany(1);
  const answer = await app.inject({ url: `/v1/feedback/${made!.id}/image` });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({ 'content-type': 'image/png', 'cache-control': 'no-store' });
  expect(answer.rawPayload).toEqual(Buffer.from(made!.crop.png, 'base64'));
});

test('deletes one for good: it is in no list, its picture is gone, and a second time is as good', async () => {
  const [gone, kept] = await putMany(2);
  const url = `/v1/feedback/${gone!.id}`;
  expect(await ask('DELETE', url)).toMatchObject({ status: 200, body: { deleted: gone!.id } });
  expect(await ask('DELETE', url)).toMatchObject({ status: 200 });
  expect((await ask('GET', `${url}/image`)).status).toBe(404);
  expect((await ask('GET', '/v1/feedback')).body).toMatchObject({ total: 1, corrections: [{ id: kept!.id }] });
  expect(await store.get(keys.correction(gone!.id))).toBeUndefined();
});

test('an expired one is not shown, even before a sweep has met it', async () => {
  const [made] = await putMany(1);
  nowMs += 90 * DAY_MS;
  expect((await ask('GET', '/v1/feedback')).body).toMatchObject({ corrections: [] });
  expect((await ask('GET', `/v1/feedback/${made!.id}/image`)).status).toBe(404);
});

test('deletes all of them only when told so in so many words', async () => {
  await putMany(3);
  for (const url of ['/v1/feedback', '/v1/feedback?confirm=yes', '/v1/feedback?confirm='])
    expect(await ask('DELETE', url)).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/confirm=all/) },
    });
  expect((await ask('GET', '/v1/feedback')).body).toMatchObject({ total: 3 });
  expect(await ask('DELETE', '/v1/feedback?confirm=all')).toMatchObject({ status: 200, body: { deleted: 3 } });
  expect((await ask('GET', '/v1/feedback')).body).toMatchObject({ total: 0, corrections: [] });
});

test.each([
  ['GET', '/v1/feedback/..%2f..%2fmodels/image'],
  ['DELETE', '/v1/feedback/nonsense'],
  ['GET', '/v1/feedback?limit=0'],
  ['GET', '/v1/feedback?limit=201'],
  ['GET', '/v1/feedback?before=x'],
] as const)('%s %s is refused before the store is asked', async (method, url) => {
  failure = new Error('the store was asked');
  expect((await ask(method, url)).status).toBe(400);
});

test('an id that never was is 404, and no tombstone is written for it', async () => {
  const { id } = correctionOf(77, START_MS);
  expect(await ask('DELETE', `/v1/feedback/${id}`)).toMatchObject({ status: 404, body: { error: expect.any(String) } });
  expect(await store.get(keys.deletedCorrection(id))).toBeUndefined();
});

test('a store that is down or says no is told, and none of its words', async () => {
  const place = { bucket: 'secret-bucket', key: 'k', operation: 'list' };
  failure = new StoreUnavailable(place, 'ECONNREFUSED');
  const down = await ask('GET', '/v1/feedback');
  expect([down.status, down.headers['retry-after']]).toEqual([503, '2']);
  failure = new StoreAccessDenied(place, 'AccessDenied');
  const denied = await ask('GET', '/v1/feedback');
  expect(denied.status).toBe(403);
  expect(JSON.stringify([down.body, denied.body])).not.toMatch(/secret-bucket|ECONN/);
});
