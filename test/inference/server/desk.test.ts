// Sessions over their lives: watched, paused, ended, reserved, taken up again, drained; corrections on the way.

import { afterEach, expect, it } from 'vitest';
import type { Correction, FeedbackSink } from '../../../inference/sessions/feedback-sink.ts';
import { UnknownSession } from '../../../inference/sessions/desk.ts';
import { digitAnswer } from '../../support/fake-serving.ts';
import { connect, createGate, grayFrame, startTestServer, until, type TestServer } from './serving.ts';
import { bestOf, millisecondsOf } from '../../support/best-of.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
const idOf = (link: string): string => new URL(link).searchParams.get('session')!;

it('counts what a session did, and sums it up when its page goes', async () => {
  server = await startTestServer();
  const opened: string[] = [];
  server.desk.onOpened((session) => opened.push(session));
  const client = await connect(server.url);
  const { session } = await client.next('hello');
  for (const [seq, digit] of [1, 1, 2].entries()) {
    client.send(grayFrame(seq, { digit }));
    await client.next('result');
  }
  expect(opened).toEqual([session]);
  const summary = server.desk.ended(session);
  client.socket.close(1000);
  expect(await summary).toMatchObject({
    session,
    state: 'ended',
    reason: 'bye',
    source: 'browser',
    frames: { received: 3, answered: 3, dropped: 0 },
    decisions: { digit: 3, uncertain: 0, none: 0 },
    labels: { '1': 1 },
    modelVersions: [1],
    corrections: 0,
  });
  expect((await summary).latencyMs.p95).toBeGreaterThan(0);
  expect(server.desk.list()).toEqual([]);
  expect(server.desk.figures(session)?.state).toBe('ended');
  await expect(server.desk.ended('nobody')).rejects.toThrow(UnknownSession);
});

it('pauses: frames are dropped at once and the page is told; resumes: they are answered again', async () => {
  server = await startTestServer();
  const client = await connect(server.url);
  const { session } = await client.next('hello');
  expect(server.desk.pause(session)?.state).toBe('paused');
  expect(await client.next('session')).toMatchObject({ state: 'paused' });
  client.send(grayFrame(1));
  expect(await client.next('drop')).toEqual({ t: 'drop', seqs: [1] });
  expect(server.desk.resume(session)?.state).toBe('open');
  await client.next('session');
  client.send(grayFrame(2));
  expect(await client.next('result')).toMatchObject({ seq: 2 });
});

it('ends from elsewhere with the reason, and closes normally', async () => {
  server = await startTestServer();
  const client = await connect(server.url);
  const { session } = await client.next('hello');
  expect(server.desk.end(session, 'ended by the operator')).toMatchObject({ reason: 'ended by the operator' });
  expect(await client.next('session')).toEqual({ t: 'session', state: 'ended', reason: 'ended by the operator' });
  expect((await client.closed).code).toBe(1000);
  expect(server.desk.end(session, 'again')?.reason).toBe('ended by the operator');
});

it('reserves a place under a link that nobody can guess from the name', async () => {
  server = await startTestServer();
  const { link } = server.desk.reserve('my-session', 'browser');
  expect(idOf(link)).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(server.desk.reserve('my-session', 'browser')).toEqual({ link });
  expect(server.desk.figures('my-session')?.state).toBe('waiting');
  const guesser = await connect(server.url, { session: 'my-session' });
  expect((await guesser.next('hello')).session).not.toBe(idOf(link));
  const page = await connect(server.url, { session: idOf(link) });
  await page.next('hello');
  page.send(grayFrame(1));
  await page.next('result');
  expect(server.desk.figures('my-session')).toMatchObject({ state: 'open', frames: { answered: 1 } });
  page.socket.close(1001); // a reload
  await until(() => server!.desk.figures('my-session')?.state === 'waiting');
});

it('keeps the session of a page whose connection broke, and counts on', async () => {
  server = await startTestServer();
  const first = await connect(server.url);
  const { session } = await first.next('hello');
  first.send(grayFrame(1));
  await first.next('result');
  first.socket.terminate();
  await until(() => server!.desk.figures(session)?.state === 'waiting');
  const second = await connect(server.url, { session });
  expect((await second.next('hello')).session).toBe(session);
  second.send(grayFrame(2));
  await second.next('result');
  expect(server.desk.figures(session)?.frames.answered).toBe(2);
  const third = await connect(server.url, { session });
  await third.next('hello');
  expect((await second.closed).code).toBe(1008);
});

it('gives a returning page its whole credit, though a frame of the lost connection is still being read', async () => {
  const gate = createGate();
  server = await startTestServer({ gate });
  const first = await connect(server.url);
  const { session } = await first.next('hello');
  first.send(grayFrame(1));
  await until(() => gate.held === 1);
  first.socket.terminate();
  await until(() => server!.desk.figures(session)?.state === 'waiting');
  const second = await connect(server.url, { session });
  second.send(grayFrame(10));
  second.send(grayFrame(11));
  expect(await second.next('drop')).toEqual({ t: 'drop', seqs: [10] });
  gate.releaseAll();
  await until(() => gate.held === 1);
  gate.releaseAll();
  expect(await second.next('result')).toMatchObject({ seq: 11 });
  expect(second.of('result')).toHaveLength(1);
  expect(server.desk.figures(session)?.frames).toEqual({ received: 3, answered: 1, dropped: 2 });
});

it('drains: answers what it took, says bye, closes with 1001 and refuses newcomers', async () => {
  const gate = createGate();
  server = await startTestServer({ gate });
  const client = await connect(server.url);
  const { session } = await client.next('hello');
  client.send(grayFrame(1));
  await until(() => gate.held === 1);
  const summary = server.desk.ended(session);
  const drained = server.drain({ deadlineMs: 5_000 });
  expect((await client.next('bye')).retryAfterMs).toBeGreaterThan(0);
  client.send(grayFrame(2));
  expect(await client.next('drop')).toEqual({ t: 'drop', seqs: [2] });
  const late = await connect(server.url);
  expect((await late.closed).code).toBe(1013);
  gate.release();
  expect(await client.next('result')).toMatchObject({ seq: 1 });
  expect((await client.closed).code).toBe(1001);
  expect((await summary).reason).toBe('worker stopped');
  await drained;
});

it('exits within its deadline though a frame never comes back', async () => {
  const drained = async (): Promise<number> => {
    await server?.close();
    const gate = createGate();
    const stuck = (server = await startTestServer({ gate }));
    const client = await connect(stuck.url);
    client.send(grayFrame(1));
    await until(() => gate.held === 1);
    const tookMs = await millisecondsOf(() => stuck.drain({ deadlineMs: 200 }));
    expect((await client.closed).code).toBe(1001);
    return tookMs;
  };
  expect(await bestOf(3_000, drained)).toBeLessThan(3_000);
});

it('answers an unreadable picture with a drop, and goes on', async () => {
  const unreadable = Object.assign(new Error('no'), { name: 'UnreadableImage' });
  let calls = 0;
  const gate = {
    ...createGate(),
    answer: async (...parts: Parameters<typeof digitAnswer>) => {
      if (calls++ === 0) throw unreadable;
      return digitAnswer(...parts);
    },
  };
  server = await startTestServer({ gate });
  const client = await connect(server.url);
  client.send(grayFrame(1));
  expect(await client.next('drop')).toEqual({ t: 'drop', seqs: [1] });
  client.send(grayFrame(2));
  expect(await client.next('result')).toMatchObject({ seq: 2 });
});

interface FakeSink extends FeedbackSink {
  stored: Correction[];
  removed: string[];
}

function fakeSink(): FakeSink {
  const sink: FakeSink = {
    stored: [],
    removed: [],
    state: () => ({ available: true }),
    store(correction) {
      sink.stored.push(correction);
      return Promise.resolve({ feedback: `f${sink.stored.length}` });
    },
    remove(feedback) {
      sink.removed.push(feedback);
      return Promise.resolve();
    },
  };
  return sink;
}

/** A pool whose digits carry crops only where they were asked for. */
async function startTeachingServer(sink: FakeSink): Promise<TestServer> {
  const started = await startTestServer({ feedback: sink });
  const readFrame = started.pool.readFrame.bind(started.pool);
  started.pool.readFrame = async (frame, options) => {
    const answer = await readFrame(frame, options);
    if (options?.crops === true)
      for (const digit of answer.reading.digits) digit.crop = { width: 2, height: 1, pixels: new Uint8Array([1, 2]) };
    return answer;
  };
  return started;
}

it('stores the crop of a corrected digit while teaching is on, and takes it back', async () => {
  const sink = fakeSink();
  server = await startTeachingServer(sink);
  const client = await connect(server.url);
  const { session, teach } = await client.next('hello');
  expect(teach).toEqual({ available: true });
  client.send({ t: 'config', teach: true });
  client.send(grayFrame(4, { digit: 7 }));
  await client.next('result');
  client.send({ t: 'label', seq: 4, id: 1, label: '1' });
  expect(await client.next('labelled')).toEqual({ t: 'labelled', seq: 4, id: 1, feedback: 'f1' });
  expect(sink.stored).toMatchObject([
    { label: '1', prediction: { label: '7', probability: 0.9 }, session, seq: 4, digitId: 1, crop: { width: 2 } },
  ]);
  expect(server.desk.figures(session)?.corrections).toBe(1);
  client.send({ t: 'unlabel', feedback: 'someone-elses' });
  expect(await client.next('unlabelled')).toMatchObject({ error: 'not a correction of this session' });
  client.send({ t: 'unlabel', feedback: 'f1' });
  expect(await client.next('unlabelled')).toEqual({ t: 'unlabelled', feedback: 'f1' });
  expect(sink.removed).toEqual(['f1']);
  expect(server.desk.figures(session)?.corrections).toBe(0);
});

it('keeps no crop and stores nothing while teaching is off, or where the label is none of the classes', async () => {
  const sink = fakeSink();
  server = await startTeachingServer(sink);
  const client = await connect(server.url);
  client.send(grayFrame(1));
  await client.next('result');
  expect(server.pool.frames[0]!.options?.crops).toBe(false);
  client.send({ t: 'label', seq: 1, id: 1, label: '1' });
  expect(await client.next('labelled')).toMatchObject({ feedback: null, error: 'teaching is off in this session' });
  client.send({ t: 'config', teach: true });
  client.send({ t: 'label', seq: 1, id: 1, label: '1' });
  expect(await client.next('labelled')).toMatchObject({ error: 'this digit was seen too long ago' });
  client.send({ t: 'label', seq: 1, id: 1, label: 'x' });
  expect((await client.next('labelled')).error).toContain('classes');
  expect(sink.stored).toEqual([]);
});
