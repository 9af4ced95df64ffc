// The keys of an inference worker are renewed while it runs: a real worker, a real MinIO, and a proxy that hears with which
// keys it is asked.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSession } from '../../artifacts/sessions.ts';
import { readCredentials } from '../../config/endpoints.ts';
import { openSessionClient } from '../../inference/client/session-client.ts';
import { keepServingKeys, type ServingKeys } from '../../setup/stack/serving-keys.ts';
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts';
import { startInferenceStack, type InferenceStack } from '../support/inference-stack.ts';
import { sharedMinio } from '../support/minio.ts';
import { until } from '../support/until.ts';
import { bestOf } from '../support/best-of.ts';

let folder: string;
let file: string;
let bucket: string;
let proxy: FaultyProxy;
let keys: ServingKeys;
let stack: InferenceStack;
/** Access keys in the order in which they were first used. */
const used = new Set<string>();
const failures: string[] = [];

beforeAll(async () => {
  const minio = await sharedMinio();
  proxy = await startFaultyProxy(minio.endpoint);
  proxy.failAs(({ headers }) => {
    const [, key] = /Credential=([^/]+)\//.exec(headers.authorization ?? '') ?? [];
    if (key !== undefined) used.add(key);
    return undefined;
  });
  bucket = `renewed-${randomBytes(6).toString('hex')}`;
  const own = { ...minio, kind: 's3' as const, region: 'us-east-1', bucket };
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-keys-'));
  file = path.join(folder, 'serving.json');
  stack = await startInferenceStack(undefined, own);
  keys = await keepServingKeys({
    store: own,
    file,
    signal: new AbortController().signal,
    failed: (reason) => failures.push(reason),
    renewAfterMs: 1_500,
    lookEveryMs: 100,
  });
});

afterAll(async () => {
  await stack?.stop();
  keys?.stop();
  await proxy?.close();
  await rm(folder, { recursive: true, force: true });
});

it('are taken by a worker that runs: it asks with each new pair, takes the next model and stores a summary', async () => {
  const worker = await stack.startWorker({
    S3_KEYS_FILE: file,
    S3_ENDPOINT: proxy.endpoint,
    S3_BUCKET: bucket,
  });
  const swaps: number[] = [];
  const session = await openSessionClient({
    url: worker.url,
    onMessage: (message) => void (message.t === 'model' && swaps.push(message.model.version)),
  });
  await until(() => session.hello.model.version === 1 || swaps.includes(1)); // it may still load
  const first = [...used];
  await until(() => used.size >= first.length + 3); // it looks for a new champion every two seconds
  await stack.publish(2);
  await until(() => swaps.includes(2));
  const now = readCredentials(file)!.accessKey;
  await until(() => used.has(now));
  await session.close();
  expect(await until(() => readSession(stack.store, session.hello.session))).toMatchObject({ state: 'ended' });
  expect(failures).toEqual([]);
});

it('may ask whether the store answers: a worker whose store falls silent says so without waiting for it, and stays ready', async () => {
  const worker = await stack.startWorker({ S3_KEYS_FILE: file, S3_ENDPOINT: proxy.endpoint, S3_BUCKET: bucket });
  let longestMs = 0;
  const ready = async (): Promise<{ status: number; body: { store?: { ok: boolean; sinceSeconds?: number } } }> => {
    const askedMs = performance.now();
    const answer = await fetch(`${worker.url}/v2/health/ready`);
    const body = (await answer.json()) as object;
    longestMs = Math.max(longestMs, performance.now() - askedMs);
    return { status: answer.status, body };
  };
  const storeUp = async (): Promise<string | undefined> =>
    /^digits_store_up (\d)$/m.exec(await (await fetch(`${worker.url}/metrics`)).text())?.[1];
  const isUp = (): Promise<unknown> => until(async () => (await ready()).body.store?.ok === true);
  await until(async () => (await ready()).status === 200);
  expect(await storeUp()).toBe('1');
  expect(await ready()).toEqual({ status: 200, body: { ready: true, live: true, store: { ok: true } } });
  const statuses = new Set<number>();
  const longestWhileSilent = async (): Promise<number> => {
    proxy.failAs(() => ({ kind: 'silent' }));
    longestMs = 0;
    const away = await until(async () => {
      const { status, body } = await ready();
      statuses.add(status);
      return body.store?.ok === false && body;
    });
    expect(away).toEqual({ ready: true, live: true, store: { ok: false, sinceSeconds: expect.any(Number) as number } });
    expect(await storeUp()).toBe('0');
    proxy.mend();
    await isUp();
    return longestMs;
  };
  expect(await bestOf(2_500, longestWhileSilent)).toBeLessThan(2_500); // the store is waited for three seconds
  expect([...statuses]).toEqual([200]);
  await worker.stop();
});
