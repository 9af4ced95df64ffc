// Clients that take their time: none keeps memory or a connection for long. Real sockets, the hours by a clock of the test.

import type { Server as HttpServer } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock, type Clock } from '../../../artifacts/clock.ts';
import { SESSION_LIMITS } from '../../../inference/limits.ts';
import type { ResultMessage } from '../../../inference/protocol.ts';
import type { EncodedFrame, FrameAnswer, ModelIdentity } from '../../../inference/serving.ts';
import type { SessionDesk } from '../../../inference/session-desk.ts';
import { digitAnswer } from '../../support/fake-serving.ts';
import { PATIENCE_MS } from '../../support/until.ts';
import {
  connect,
  createGate,
  grayFrame,
  startTestServer,
  until,
  type TestClient,
  type TestServer,
  type TestServerOptions,
} from './serving.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

let tcp: HttpServer;
let asked = 0;
const start = (options: TestServerOptions): Promise<TestServer> =>
  startTestServer({
    ...options,
    routes: [
      (app) => {
        tcp = app.server;
        app.post('/body', async () => ({ ok: true }));
        app.get('/large', async () => {
          asked++;
          return Buffer.alloc(64 * MIB);
        });
      },
    ],
  });

const MIB = 2 ** 20;
/** An answer of some 60 kB each: the system's own buffers hold megabytes of small ones. */
const MANY_DIGITS = 200;

function testClock(): Clock & { advance(ms: number): void } {
  let aheadMs = 0;
  const monotonic = (): number => systemClock.monotonic() + aheadMs;
  return { ...systemClock, monotonic, advance: (ms) => void (aheadMs += ms) };
}

function largeAnswer(frame: EncodedFrame, model: ModelIdentity): FrameAnswer {
  const answer = digitAnswer(frame, model);
  const [digit] = answer.reading.digits;
  const digits = Array.from({ length: MANY_DIGITS }, (_, at) => ({ ...digit!, box: { x: 2 * at, y: 0, w: 1, h: 1 } }));
  return { ...answer, reading: { ...answer.reading, digits } };
}

/** Sends a frame after each answered one, as if it had seen the answer, until the worker reads none for it any more. */
async function sendUntilNoneIsRead(client: TestClient, desk: SessionDesk): Promise<number> {
  const frames = () => desk.list()[0]!.frames;
  for (let seq = 0; ; seq++) {
    const { answered } = frames();
    client.send(grayFrame(seq));
    await until(() => frames().received > seq, 'the frame to come');
    // An answer takes no time but that of the system's buffers; a process that was not let run for a while has its turns after.
    const enoughMs = performance.now() + 500;
    for (let turn = 0; frames().answered === answered; turn++) {
      if (turn >= 100 && performance.now() > enoughMs) return answered;
      await delay(2);
    }
  }
}

it('reads nothing for a client that takes no answer, holds little for it, and closes it with the reason', async () => {
  const clock = testClock();
  server = await start({ clock, gate: { ...createGate(), answer: async (...one) => largeAnswer(...one) } });
  const client = await connect(server.url);
  await client.next('hello');
  client.socket.pause();
  const rssBefore = process.memoryUsage.rss();
  const answered = await sendUntilNoneIsRead(client, server.desk);
  for (let more = 0; more < 50; more++) client.send(grayFrame(1_000 + more)); // each beyond its credit
  await until(() => server!.desk.list()[0]!.frames.received === answered + 51, 'all frames to come');
  expect(server.pool.frames).toHaveLength(answered);
  expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(80 * MIB); // most of it in this client's own hands
  clock.advance(SESSION_LIMITS.drainMs + 1);
  await until(() => server!.logged.some(({ message }) => message === 'a client takes no answers'), 'the goodbye');
  client.socket.resume();
  expect(await client.closed).toEqual({ code: 1013, reason: 'the answers are not taken' });
});

it('cuts the connection of a client that never reads the goodbye either', async () => {
  const clock = testClock();
  server = await start({ clock, gate: { ...createGate(), answer: async (...one) => largeAnswer(...one) } });
  const client = await connect(server.url);
  client.socket.pause();
  await sendUntilNoneIsRead(client, server.desk);
  clock.advance(SESSION_LIMITS.drainMs + 1);
  await noConnection();
});

it('goes on with a slow client that catches up', async () => {
  server = await start({ gate: { ...createGate(), answer: async (...one) => largeAnswer(...one) } });
  const client = await connect(server.url);
  client.socket.pause();
  const answered = await sendUntilNoneIsRead(client, server.desk);
  client.socket.resume();
  await until(() => client.of('result').length === answered + 1, 'every answer', 20_000);
  client.send(grayFrame(9_999));
  await until(() => client.messages.at(-1)?.t === 'result' && (client.messages.at(-1) as ResultMessage).seq === 9_999);
});

it('cuts a client that answers no ping, and keeps one that does', async () => {
  const clock = testClock();
  server = await start({ clock });
  const [quiet, deaf] = await Promise.all([connect(server.url), connect(server.url, { autoPong: false })]);
  let pings = 0;
  for (const { socket } of [quiet, deaf]) socket.on('ping', () => pings++);
  clock.advance(SESSION_LIMITS.pingMs + 1);
  await until(() => pings === 2, 'two pings');
  clock.advance(SESSION_LIMITS.pingMs + 1);
  expect((await deaf.closed).code).toBe(1006);
  quiet.send(grayFrame(1));
  await quiet.next('result');
});

it('ends the session of a client that sends nothing for long', async () => {
  const clock = testClock();
  server = await start({ clock });
  const client = await connect(server.url);
  await client.next('hello');
  clock.advance(SESSION_LIMITS.idleMs + 1);
  expect(await client.next('session')).toMatchObject({ state: 'ended', reason: 'idle' });
  expect(server.desk.list()).toEqual([]);
});

describe('over HTTP, a client', () => {
  /** Only the named ones can be what ends it. */
  const limitsOf = (own: NonNullable<TestServerOptions['limits']>) => ({
    headersTimeoutMs: PATIENCE_MS,
    requestTimeoutMs: PATIENCE_MS,
    silenceMs: PATIENCE_MS,
    keepAliveMs: PATIENCE_MS,
    ...own,
  });
  it('that sends its headers a byte at a time is told 408 and cut', async () => {
    server = await start({ limits: limitsOf({ headersTimeoutMs: 300 }) });
    const { closed, received } = open(server, 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', { drip: 'x' });
    await closed;
    expect(received()).toContain('408');
  });

  it('that sends its body a byte at a time is told 408 and cut', async () => {
    server = await start({ limits: limitsOf({ headersTimeoutMs: 600, requestTimeoutMs: 600 }) });
    const head =
      'POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n';
    const { closed, received } = open(server, head, { drip: ' ' });
    await closed;
    expect(received()).toContain('408');
  });

  it('that connects and says nothing is cut', async () => {
    server = await start({
      limits: limitsOf({ headersTimeoutMs: 300, requestTimeoutMs: 600, silenceMs: 1_000, keepAliveMs: 200 }),
    });
    await open(server, '').closed;
    await noConnection();
  });

  it('that asks for something large and never reads it is cut', async () => {
    server = await start({ limits: limitsOf({ silenceMs: 1_000 }) });
    const { socket } = open(server, 'GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.pause();
    await until(() => asked > 0, 'the question');
    await noConnection();
    socket.destroy();
  });

  it('that keeps its connection between requests loses it after a while', async () => {
    server = await start({ limits: limitsOf({ keepAliveMs: 200 }) });
    const { closed, received } = open(server, 'GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await closed;
    expect(received()).toContain('404');
  });
});

async function noConnection(): Promise<void> {
  const count = (): Promise<number> =>
    new Promise((resolve, reject) => tcp.getConnections((error, number) => (error ? reject(error) : resolve(number))));
  await vi.waitFor(async () => expect(await count()).toBe(0), { timeout: 120_000, interval: 20 });
}

interface Opened {
  socket: Socket;
  closed: Promise<unknown>;
  received: () => string;
}

function open(server: TestServer, text: string, { drip }: { drip?: string } = {}): Opened {
  const socket = connectTcp(Number(new URL(server.url).port), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  if (text !== '') socket.write(text);
  const timer = drip === undefined ? undefined : setInterval(() => socket.write(drip), 50);
  const closed = new Promise((resolve) => socket.once('close', resolve)).finally(() => clearInterval(timer));
  return { socket, closed, received: () => received };
}
