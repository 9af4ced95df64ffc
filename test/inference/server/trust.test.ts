// Who gets in: names, origins, tokens, room. Real sockets, since browsers and attackers use nothing else.

import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createInferenceServer, TokenNeeded } from '../../../inference/server.ts';
import { knownAddresses } from '../../../inference/security/addresses.ts';
import { connect, grayFrame, startTestServer, until, type TestServer } from './serving.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const TOKEN = 'a-token-of-the-test';
const tokenSha256 = createHash('sha256').update(TOKEN).digest('hex');
const statusOf = (attempt: Promise<unknown>): Promise<number> =>
  attempt.then(
    () => 101,
    (error: Error) => Number(/Unexpected server response: (\d+)/.exec(error.message)?.[1] ?? -1),
  );
/** fetch() sets Host itself. */
const get = (url: string, headers: Record<string, string>) =>
  new Promise<{ status: number; body: string; type: string | undefined }>((resolve, reject) => {
    const sent = request(url, { headers }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode!, body, type: answer.headers['content-type'] }));
    });
    sent.on('error', reject);
    sent.end();
  });

it('answers to its own names only, or another site could make a browser ask under its name', async () => {
  server = await startTestServer();
  const refused = await get(server.url, { host: 'evil.example' });
  expect(refused).toMatchObject({ status: 421, type: 'application/json' });
  expect((await get(server.url, { host: 'localhost:9999', accept: 'application/json' })).status).toBe(200);
  expect(await statusOf(connect(server.url, { headers: { host: 'evil.example' } }))).toBe(421);
});

it('refuses pages of other origins, and takes clients without an origin', async () => {
  server = await startTestServer({ allowedOrigins: ['https://digits.example'] });
  const { port } = new URL(server.url);
  for (const origin of ['http://evil.example', 'null', `http://localhost:1`, `https://localhost:${port}`])
    expect(await statusOf(connect(server.url, { origin }))).toBe(403);
  for (const origin of [server.url, `http://localhost:${port}`, 'https://digits.example'])
    expect(await statusOf(connect(server.url, { origin }))).toBe(101);
  expect((await get(server.url, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await get(server.url, { origin: server.url, accept: 'application/json' })).status).toBe(200);
});

it.each([
  ['127.0.0.1:80', true],
  ['LOCALHOST', true],
  ['[::1]:8080', true],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['evil.example#localhost', false],
  ['user@localhost', false],
  ['', false],
])('knows the host %j: %j', (host, known) => {
  const addresses = knownAddresses({ host: '127.0.0.1', port: 80, tls: false, allowedOrigins: [] });
  expect(addresses.isKnownHost(host)).toBe(known);
});

it('is never reachable by others without a token', async () => {
  await expect(startTestServer({ host: '0.0.0.0' })).rejects.toThrow(TokenNeeded);
  expect(createInferenceServer).toBeTypeOf('function');
});

it('asks for the token by HTTP, but shows the page and health without it', async () => {
  const pageFolder = await mkdtemp(path.join(tmpdir(), 'page-'));
  await writeFile(path.join(pageFolder, 'index.html'), '<!doctype html>');
  server = await startTestServer({ tokenSha256, pageFolder });
  expect((await get(server.url, { accept: 'text/html' })).status).toBe(200);
  expect((await get(`${server.url}/metrics`, {})).status).toBe(401);
  expect((await get(`${server.url}/metrics`, { authorization: 'Bearer wrong' })).status).toBe(401);
  expect((await get(`${server.url}/metrics?token=${TOKEN}`, {})).status).toBe(401);
  expect((await get(`${server.url}/metrics`, { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  expect(JSON.stringify(server.logged)).not.toContain(TOKEN);
});

it('takes the token as a subprotocol, as it is or as base64url, and names only its own protocol back', async () => {
  server = await startTestServer({ tokenSha256 });
  for (const text of [TOKEN, Buffer.from(TOKEN).toString('base64url')]) {
    const client = await connect(server.url, { protocols: ['digits.v1', `token.${text}`] });
    await client.next('hello');
    expect(client.socket.protocol).toBe('digits.v1');
  }
});

it('takes the token as the first message, and nothing before it', async () => {
  server = await startTestServer({ tokenSha256 });
  const good = await connect(server.url);
  good.send({ t: 'token', token: TOKEN });
  await good.next('hello');
  good.send(grayFrame(1));
  await good.next('result');
  const wrong = await connect(server.url);
  wrong.send({ t: 'token', token: 'wrong' });
  expect(await wrong.closed).toEqual({ code: 1008, reason: 'wrong token' });
  const early = await connect(server.url);
  early.send(grayFrame(1));
  expect((await early.closed).code).toBe(1008);
  expect(early.messages).toEqual([]);
  const inQuery = await connect(server.url, { session: `x&token=${TOKEN}` });
  inQuery.send({ t: 'config' });
  expect((await inQuery.closed).code).toBe(1008);
});

it('turns sockets away beyond its cap at once with 1013, and keeps those it has', async () => {
  server = await startTestServer({ limits: { sockets: 3 } });
  const kept = await Promise.all([1, 2, 3].map(() => connect(server!.url)));
  const extra = await Promise.all([1, 2].map(() => connect(server!.url)));
  for (const client of extra) expect((await client.closed).code).toBe(1013);
  for (const { messages } of extra) expect(messages).toEqual([]);
  kept[2]!.send(grayFrame(5));
  expect(await kept[2]!.next('result')).toMatchObject({ seq: 5 });
  kept[0]!.socket.close();
  await kept[0]!.closed;
  await until(() => server!.desk.list().length === 2);
  await (await connect(server.url)).next('hello');
});

it('limits how fast one address opens sockets, and how often it asks', async () => {
  server = await startTestServer({ limits: { socketsASecondOnLoopback: 0.1, requestsAMinuteOnLoopback: 2 } });
  expect(await statusOf(connect(server.url))).toBe(101);
  expect(await statusOf(connect(server.url))).toBe(429);
  const statuses = [];
  for (let i = 0; i < 3; i++) {
    const answer = await fetch(server.url, { headers: { accept: 'application/json' } });
    statuses.push([answer.status, answer.headers.get('retry-after') !== null]);
  }
  expect(statuses).toEqual([
    [200, false],
    [200, false],
    [429, true],
  ]);
});

it('answers errors in the one format that every client reads, and says nothing of the inside', async () => {
  server = await startTestServer({
    routes: [
      (app) => {
        app.post('/boom', () => {
          throw new Error('password in /secret/place');
        });
      },
    ],
  });
  const missing = await fetch(`${server.url}/nothing?session=abc`);
  expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/json']);
  const failed = await fetch(`${server.url}/boom`, { method: 'POST' });
  expect([failed.status, await failed.json()]).toEqual([500, { error: 'internal error' }]);
  const long = await fetch(`${server.url}/boom`, { method: 'POST', body: Buffer.alloc(17 * 2 ** 20) }).catch(
    () => null,
  );
  if (long !== null) expect([413, 415]).toContain(long.status);
  expect(JSON.stringify(server.logged.filter(({ message }) => message === 'request'))).not.toContain('abc');
});

it('sends a policy that lets the page load nothing from elsewhere', async () => {
  server = await startTestServer();
  const { headers } = await fetch(server.url, { headers: { accept: 'application/json' } });
  const policy = headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

it('serves hashed files for ever, the index never from a cache, and compressed where that is taken', async () => {
  const pageFolder = await mkdtemp(path.join(tmpdir(), 'page-'));
  await writeFile(path.join(pageFolder, 'index.html'), '<!doctype html><title>digits</title>');
  await writeFile(path.join(pageFolder, 'main-3F2A9K1B.js'), 'export {};');
  await writeFile(path.join(pageFolder, 'main-3F2A9K1B.js.gz'), 'not really');
  server = await startTestServer({ pageFolder });
  const index = await fetch(server.url, { headers: { accept: 'text/html' } });
  expect(await index.text()).toContain('<title>digits</title>');
  expect(index.headers.get('cache-control')).toBe('no-cache');
  const again = await fetch(server.url, {
    headers: { accept: 'text/html', 'if-none-match': index.headers.get('etag')! },
  });
  expect(again.status).toBe(304);
  const plain = await get(`${server.url}/main-3F2A9K1B.js`, {});
  expect(plain).toMatchObject({ status: 200, body: 'export {};', type: 'text/javascript; charset=utf-8' });
  expect((await get(`${server.url}/main-3F2A9K1B.js`, { 'accept-encoding': 'gzip' })).body).toBe('not really');
  const hashed = await fetch(`${server.url}/main-3F2A9K1B.js`, { headers: { 'accept-encoding': 'identity' } });
  expect(hashed.headers.get('cache-control')).toContain('immutable');
  for (const outside of ['/..%2f..%2fetc%2fpasswd', '/main-3F2A9K1B.js.gz'])
    expect((await get(server.url + outside, {})).status).toBeGreaterThanOrEqual(400);
});
