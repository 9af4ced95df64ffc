import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeImage } from '../../../inference/decode-image.ts';
import { createRandom, type Random } from '../../../ml/random.ts';
import { digitAnswer, fakeManager, fakePool } from '../../support/fake-serving.ts';
import { watchMemory, type SteadyMemory } from '../../support/steady-memory.ts';
import { byteCase, jsonCase, pathCase, pictureCases, rawCase, type FuzzRequest } from './fuzz-cases.ts';
import { openHttpApp, type HttpApp } from './http-app.ts';

/** Change it to search elsewhere; a failure names seed and case. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 4);

let http: HttpApp;
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  const manager = fakeManager();
  // Pictures are decoded for real: libvips is what their bytes are thrown at.
  const answer: Parameters<typeof fakePool>[1] = {
    async answer(frame, model) {
      if (frame.kind === 'picture') await decodeImage(frame.bytes);
      return digitAnswer(frame, model);
    },
  };
  http = await openHttpApp({ manager, pool: fakePool(manager, answer) });
});
afterAll(async () => {
  await http.app.close();
  process.off('unhandledRejection', note);
});

/** Words of the inside that no client may see. */
const INSIDE = /node_modules|\.ts\b|\.js:\d|\bat [A-Za-z.]+ \(|vips|zlib|TypeError|ENOENT|undefined|stack/;

function judge(response: Awaited<ReturnType<HttpApp['app']['inject']>>, at: string): void {
  expect(response.statusCode, at).toBeLessThan(500);
  if (response.statusCode < 400) return;
  expect(INSIDE.test(response.body), `${at}: ${response.body}`).toBe(false);
  expect(Object.keys(response.json()), at).toContain('error');
}

async function run(stream: number, count: number, make: (random: Random) => FuzzRequest): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  let memory: SteadyMemory | undefined;
  for (let index = 0; index < count; index++) {
    if (index === Math.floor(count / 3)) memory = await watchMemory();
    const request = make(createRandom(SEED, stream, index));
    const response = await http.app.inject(request);
    judge(response, `seed ${SEED}, stream ${stream}, case ${index}: ${request.url}`);
    statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1);
    http.pool.inferred.length = 0;
    http.pool.frames.length = 0;
  }
  await memory?.expectSteady(`stream ${stream}`);
  return statuses;
}

describe('requests that are nearly right', () => {
  test('JSON values', async () => {
    const statuses = await run(1, 3_000, jsonCase);
    expect(statuses.get(200)).toBeGreaterThan(300); // else it isn't nearly right, and nothing deep is reached
    expect(statuses.get(400)).toBeGreaterThan(300);
  });

  test('bytes', async () => {
    const statuses = await run(2, 2_000, byteCase);
    expect(statuses.get(400)).toBeGreaterThan(300);
  });

  test('raw tensors', async () => {
    const statuses = await run(3, 1_500, rawCase);
    expect(statuses.get(200)).toBeGreaterThan(300);
    expect(statuses.get(400)).toBeGreaterThan(100);
  });

  test('pictures', async () => {
    const statuses = await run(4, 1_200, await pictureCases());
    expect(statuses.get(200)).toBeGreaterThan(100);
    expect(statuses.get(400)).toBeGreaterThan(100);
  });

  test('paths', async () => {
    let memory: SteadyMemory | undefined;
    for (let index = 0; index < 1_500; index++) {
      if (index === 500) memory = await watchMemory();
      const request = pathCase(createRandom(SEED, 5, index));
      const response = await http.app.inject(request);
      const at = `seed ${SEED}, case ${index}: ${request.method} ${request.url}`;
      expect(response.statusCode, at).toBeLessThan(500);
      expect(INSIDE.test(response.statusCode < 400 ? '' : response.body), `${at}: ${response.body}`).toBe(false);
      http.pool.inferred.length = 0;
      http.pool.frames.length = 0;
    }
    await memory?.expectSteady('paths');
  });

  test('bytes on the wire, head and all', async () => {
    const url = await http.app.listen({ host: '127.0.0.1', port: 0 });
    const port = Number(new URL(url).port);
    let memory: SteadyMemory | undefined;
    for (let index = 0; index < 300; index++) {
      if (index === 100) memory = await watchMemory();
      const random = createRandom(SEED, 6, index);
      const { url: path, payload, headers } = byteCase(random);
      const lines = [`POST ${path} HTTP/1.1`, 'host: 127.0.0.1', `content-length: ${payload.length}`];
      for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
      const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
      for (let times = random.integer(3); times > 0; times--) head[random.integer(head.length)] = random.integer(256);
      const answer = await exchange(port, Buffer.concat([head, payload]));
      expect(answer, `seed ${SEED}, case ${index}`).toMatch(/^$|^HTTP\/1\.1 [24]\d\d /);
    }
    await memory?.expectSteady('bytes on the wire');
    expect((await fetch(`${url}/v2/health/live`)).status).toBe(200);
  });

  test('leave nothing unhandled', () => {
    expect(unhandled).toEqual([]);
  });
});

/** Sends the bytes and the end, and reads until the server has said all. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined); // a reset is an answer, too
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.end(bytes);
  });
}
