import { afterEach, describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import { httpRoutes } from '../../../inference/routes/http-routes.ts';
import { createInferenceServer, type InferenceServer } from '../../../inference/server.ts';
import { fakeManager, fakeModel, fakePool } from '../../support/fake-serving.ts';
import { silentServingLog } from '../../support/silent-log.ts';
import { publishRandomModel } from '../published-model.ts';
import { fakeInputs, rawBytes } from './http-app.ts';

let server: InferenceServer;
afterEach(() => server.close());

async function start(options: Partial<Parameters<typeof createInferenceServer>[0]> = {}): Promise<string> {
  const store = createMemoryStore();
  const { version } = await publishRandomModel(store);
  const manager = fakeManager(fakeModel(1, { record: version, digest: version.digest }));
  const routes = [httpRoutes];
  server = await createInferenceServer({
    manager,
    pool: fakePool(manager),
    store,
    routes,
    log: silentServingLog,
    workerId: 'worker-1',
    version: '1.2.3',
    ...options,
  });
  await server.listen();
  return server.url;
}

const infer = (url: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/v2/models/digits/infer`, {
    method: 'POST',
    body: new Uint8Array(rawBytes(fakeInputs(3))),
    headers: { 'inference-header-content-length': '0', ...headers },
  });

/** `fetch` sets Host by itself. */
const statusForHost = (url: string, host: string) =>
  new Promise<number>((resolve, reject) => {
    request(`${url}/v2/models`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });

describe('behind the guard of the whole server', () => {
  test('a client that takes anything gets JSON from /, as the KServe client needs it', async () => {
    const url = await start();
    expect(await (await fetch(url)).json()).toEqual({ status: 'alive' });
    expect((await infer(url)).status).toBe(200);
    expect(await (await fetch(`${url}/v2/health/ready`)).json()).toEqual({ ready: true, live: true });
  });

  test('pages of other origins read published models and nothing else', async () => {
    const url = await start();
    const headers = { origin: 'https://elsewhere.example' };
    const file = await fetch(`${url}/models/digits/1/model.json`, { headers });
    expect([file.status, file.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    await file.arrayBuffer();
    const refused = await infer(url, headers);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([403, 'application/json']);
    expect(await refused.json()).toEqual({ error: 'pages of this origin may not use this worker' });
  });

  test('an unknown name of this machine is misdirected', async () => {
    expect(await statusForHost(await start(), 'rebound.example')).toBe(421);
  });

  test('where a token is needed, all but health and the description need it', async () => {
    const tokenSha256 = createHash('sha256').update('secret').digest('hex');
    const url = await start({ tokenSha256 });
    for (const path of ['/v2/health/live', '/openapi.json', '/docs/'])
      expect((await fetch(`${url}${path}`)).status, path).toBe(200);
    const refused = await infer(url);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await infer(url, { authorization: 'Bearer secret' })).status).toBe(200);
  });

  test('too many requests a minute are told when to come back', async () => {
    const url = await start({ limits: { requestsAMinuteOnLoopback: 3 } });
    const statuses = [];
    for (let index = 0; index < 4; index++) statuses.push((await infer(url)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const refused = await infer(url);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toEqual({ error: 'too many requests: try later' });
  });

  test('the page of the description keeps its own rule of content', async () => {
    const url = await start();
    const rule = (await fetch(`${url}/docs/`)).headers.get('content-security-policy');
    expect(rule).toMatch(/style-src 'self' 'unsafe-inline'/);
    expect(rule).not.toMatch(/upgrade-insecure-requests|https:/);
  });
});
