// From a person's click to the object store and back, through the real server: only the pool is a fake.

import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../artifacts/clock.ts';
import { keys } from '../../../artifacts/keys.ts';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import { createFeedbackSink } from '../../../inference/feedback.ts';
import { feedbackRoutes } from '../../../inference/routes/feedback.ts';
import type { FrameAnswer } from '../../../inference/serving.ts';
import { digitAnswer, fakeManager, fakePool } from '../../support/fake-serving.ts';
import { connect, grayFrame, startTestServer, type TestServer } from './serving.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const crop = { pixels: Uint8Array.from({ length: 30 * 40 }, (_, i) => i & 255), width: 30, height: 40 };

async function open(limits: { perSessionHour?: number } = {}) {
  const store = createMemoryStore();
  const feedback = createFeedbackSink({ store, clock: systemClock, ...limits });
  await feedback.check();
  const manager = fakeManager();
  const answer = (...[frame, model]: Parameters<typeof digitAnswer>): FrameAnswer => {
    const plain = digitAnswer(frame, model);
    return {
      ...plain,
      reading: { ...plain.reading, digits: plain.reading.digits.map((digit) => ({ ...digit, crop })) },
    };
  };
  server = await startTestServer({
    manager,
    pool: fakePool(manager, { answer }),
    store,
    feedback,
    routes: [feedbackRoutes()],
  });
  const client = await connect(server.url);
  const hello = await client.next('hello');
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`${server!.url}${path}`, { method });
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };
  /** Shows a frame and says what its digit truly is. */
  async function correct(seq: number, label: string) {
    client.send(grayFrame(seq, { digit: 7 }));
    const { digits } = await client.next('result');
    client.send({ t: 'label', seq, id: digits[0]!.id, label });
    return client.next('labelled');
  }
  return { store, client, hello, ask, correct };
}

it('stores a correction, shows it with its picture, and takes it back for good', async () => {
  const { client, hello, ask, correct, store } = await open();
  expect(hello.teach).toEqual({ available: true });
  client.send({ t: 'config', teach: true });
  const { feedback } = await correct(1, '1');
  const list = JSON.parse((await ask('/v1/feedback')).body) as { corrections: { image: string }[] };
  expect(list).toMatchObject({ total: 1, corrections: [{ id: feedback, label: '1', prediction: { label: '7' } }] });
  expect(await ask(list.corrections[0]!.image)).toMatchObject({ status: 200, type: 'image/png' });
  client.send({ t: 'unlabel', feedback });
  expect(await client.next('unlabelled')).toEqual({ t: 'unlabelled', feedback });
  expect(JSON.parse((await ask('/v1/feedback')).body)).toMatchObject({ total: 0, corrections: [] });
  expect(await store.get(keys.correction(feedback!))).toBeUndefined();
});

it('stores not a byte before teaching is turned on', async () => {
  const { ask, correct, store } = await open();
  expect(await correct(1, '1')).toMatchObject({ feedback: null, error: expect.stringMatching(/off/) });
  expect(JSON.parse((await ask('/v1/feedback')).body)).toMatchObject({ total: 0 });
  for await (const { key } of store.list('')) throw new Error(`expected nothing in the store, got ${key}`);
});

it('tells the person why a correction is refused, and answers wrong requests as every route does', async () => {
  const { client, ask, correct } = await open({ perSessionHour: 1 });
  client.send({ t: 'config', teach: true });
  await correct(1, '1');
  expect(await correct(2, '2')).toMatchObject({
    feedback: null,
    error: expect.stringMatching(/at most 1 corrections/),
  });
  const unconfirmed = await ask('/v1/feedback', 'DELETE');
  expect([unconfirmed.status, unconfirmed.body]).toEqual([400, expect.stringMatching(/"error":.*confirm=all/)]);
  expect(JSON.parse((await ask('/v1/feedback?confirm=all', 'DELETE')).body)).toEqual({ deleted: 1 });
});
