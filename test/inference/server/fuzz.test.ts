// Bytes and texts that nobody would send: a seed a case, so that a failure can be run again. In process where the wire adds
// nothing, over a real socket where it does.

import { connect as connectTcp } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { knownAddresses } from '../../../inference/security/addresses.ts';
import { bearerToken, subprotocolTokens } from '../../../inference/security/token.ts';
import { parseFrame, UnsupportedFrame } from '../../../inference/sessions/frame-header.ts';
import { parseClientMessage } from '../../../inference/sessions/messages.ts';
import { createRandom } from '../../../ml/random.ts';
import { watchMemory, type SteadyMemory } from '../../support/steady-memory.ts';
import { connect, grayFrame, startTestServer, type TestServer } from './serving.ts';

let server: TestServer | undefined;
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);
process.on('unhandledRejection', onRejection);
afterEach(async () => {
  await server?.close();
  server = undefined;
});

type Random = ReturnType<typeof createRandom>;
const randomBytes = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.integer(256)));

/** A good frame with some bytes changed, cut or added. */
function mangledFrame(seed: number): Buffer {
  const random = createRandom(31, seed);
  if (random.integer(4) === 0) return randomBytes(random, random.integer(120));
  const frame = grayFrame(random.integer(1_000), { width: 1 + random.integer(6), height: 1 + random.integer(6) });
  if (random.integer(3) === 0) {
    frame[1] = 1; // a JPEG, or what starts like one
    Buffer.from([0xff, 0xd8, 0xff, 0xc0 + random.integer(16)]).copy(frame, 20);
  }
  for (let i = random.integer(4); i > 0; i--) frame[random.integer(Math.min(frame.length, 24))] = random.integer(256);
  return frame.subarray(0, random.integer(3) === 0 ? random.integer(frame.length) : frame.length);
}

const WORDS = [
  '{',
  '}',
  '"t"',
  ':',
  '"label"',
  '"config"',
  '"token"',
  ',',
  '1e999',
  '-1',
  'null',
  '[',
  ']',
  '"__proto__"',
];
function mangledText(seed: number): string {
  const random = createRandom(32, seed);
  const good = JSON.stringify({ t: 'label', seq: random.integer(9), id: random.integer(9), label: '7' });
  if (random.integer(2) === 0) {
    const at = random.integer(good.length);
    return good.slice(0, at) + WORDS[random.integer(WORDS.length)]! + good.slice(at + random.integer(4));
  }
  return Array.from({ length: random.integer(12) }, () => WORDS[random.integer(WORDS.length)]!).join('');
}

it('takes a frame apart or says why not, whatever the bytes: 6,000 cases', () => {
  let taken = 0;
  for (let seed = 0; seed < 6_000; seed++)
    try {
      const { frame } = parseFrame(mangledFrame(seed));
      if (frame.kind === 'gray8') expect(frame.bytes.length).toBe(frame.width * frame.height);
      taken++;
    } catch (error) {
      expect(error, `seed ${seed}`).toBeInstanceOf(UnsupportedFrame);
    }
  expect(taken).toBeGreaterThan(300);
  expect(taken).toBeLessThan(5_000);
});

it('reads a message or nothing, whatever the text: 4,000 cases', () => {
  for (let seed = 0; seed < 4_000; seed++) {
    const message = parseClientMessage(mangledText(seed));
    if (message !== undefined) expect(['label', 'unlabel', 'config', 'token'], `seed ${seed}`).toContain(message.t);
  }
  expect(({} as Record<string, unknown>)['t']).toBeUndefined();
});

it('judges hosts, tokens and protocols without stumbling, whatever the header: 2,000 cases', () => {
  const { isKnownHost } = knownAddresses({ host: '127.0.0.1', port: 80, tls: false, allowedOrigins: [] });
  for (let seed = 0; seed < 2_000; seed++) {
    const text = randomBytes(createRandom(33, seed), seed % 60).toString('latin1');
    expect(isKnownHost(`${text}.example`)).toBe(false);
    bearerToken(`Bearer ${text}`);
    subprotocolTokens(`digits.v1, token.${text}`);
  }
});

it('survives mangled frames, texts and raw bytes on real sockets, and answers the next client: 1,500 cases, in steady memory', async () => {
  server = await startTestServer({ limits: { socketsASecondOnLoopback: 1_000 } });
  const { port } = new URL(server.url);
  const codes = new Set<number>();
  let memory: SteadyMemory | undefined;
  for (let seed = 0; seed < 900; seed++) {
    if (seed === 300) memory = await watchMemory();
    const client = await connect(server.url);
    client.socket.send(seed % 2 === 0 ? mangledFrame(seed) : mangledText(seed));
    client.socket.close();
    codes.add((await client.closed).code);
  }
  await memory?.expectSteady('frames and texts');
  for (let seed = 0; seed < 600; seed++) {
    if (seed === 200) memory = await watchMemory();
    await new Promise<void>((resolve) => {
      const random = createRandom(34, seed);
      const socket = connectTcp(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
      const upgrade =
        `GET /v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
      const head = random.integer(2) === 0 ? Buffer.from(upgrade) : randomBytes(random, 40);
      socket.write(Buffer.concat([head, randomBytes(random, random.integer(200))]));
      socket.end();
    });
  }
  await memory?.expectSteady('raw bytes');
  const good = await connect(server.url);
  good.send(grayFrame(77));
  expect(await good.next('result')).toMatchObject({ seq: 77 });
  expect([...codes].every((code) => [1000, 1003, 1005, 1006, 1008].includes(code))).toBe(true);
  expect(rejections).toEqual([]);
  process.off('unhandledRejection', onRejection);
});
