import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../../artifacts/memory-store.ts';
import { fakeModel } from '../../../support/fake-serving.ts';
import { publishRandomModel } from '../../published-model.ts';
import { fakeHttpApp, fakeInputs, rawBytes, type HttpApp } from '../http-app.ts';

let http: HttpApp;
beforeEach(async () => {
  http = await fakeHttpApp();
});
afterEach(() => http.app.close());

const get = (url: string) => http.app.inject({ method: 'GET', url });
const post = (url: string, payload?: object | string) =>
  http.app.inject({ method: 'POST', url, ...(payload !== undefined && { payload }) });

describe('the server', () => {
  test('names itself and its extensions', async () => {
    const expected = {
      name: 'digitflow',
      version: '1.2.3',
      extensions: ['classification', 'binary_tensor_data', 'sequence', 'model_repository', 'statistics'],
    };
    for (const url of ['/v2', '/v2/']) expect((await get(url)).json()).toEqual(expected);
  });

  test('says in JSON that it lives and is ready, as the KServe client reads it', async () => {
    expect((await get('/v2/health/live')).json()).toEqual({ live: true });
    const response = await get('/v2/health/ready');
    expect([response.statusCode, response.json()]).toEqual([200, { ready: true, live: true }]);
    expect(response.headers['content-type']).toBe('application/json');
  });

  test('lives without being ready', async () => {
    http.setReady(false);
    expect((await get('/v2/health/live')).statusCode).toBe(200);
    const response = await get('/v2/health/ready');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ ready: false, error: expect.any(String) });
  });

  test('says whether the store answers, and is as ready without it', async () => {
    const store = { ok: false, sinceSeconds: 12 };
    http.setStoreHealth(store);
    const response = await get('/v2/health/ready');
    expect([response.statusCode, response.json()]).toEqual([200, { ready: true, live: true, store }]);
    http.setReady(false);
    expect((await get('/v2/health/ready')).json()).toMatchObject({ ready: false, store });
    http.setReady(true);
    http.setStoreHealth({ ok: true });
    expect((await get('/v2/health/ready')).json()).toEqual({ ready: true, live: true, store: { ok: true } });
  });

  test('answers unknown paths in JSON', async () => {
    for (const url of ['/v2/zzz', '/v2/systemsharedmemory/status']) {
      const response = await get(url);
      expect([response.statusCode, response.headers['content-type']]).toEqual([404, 'application/json']);
      expect(response.json()).toEqual({ error: expect.any(String) });
    }
  });
});

describe('a model', () => {
  test('is listed with inputs, outputs and every loaded version', async () => {
    http.manager.swap(fakeModel(2));
    expect((await get('/v2/models')).json()).toEqual({ models: ['digits'] });
    const metadata = {
      name: 'digits',
      versions: ['1', '2'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 32, 32, 1] }],
      outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [-1, 11] }],
    };
    for (const url of ['/v2/models/digits', '/v2/models/digits/versions/1'])
      expect((await get(url)).json()).toEqual(metadata);
    for (const url of ['/v2/models/letters', '/v2/models/digits/versions/7'])
      expect((await get(url)).statusCode).toBe(404);
  });

  test('is ready, not ready, or unknown', async () => {
    const ready = await get('/v2/models/digits/ready');
    expect([ready.statusCode, ready.json()]).toEqual([200, { name: 'digits', ready: true }]);
    expect((await get('/v2/models/digits/versions/1/ready')).statusCode).toBe(200);
    expect((await get('/v2/models/digits/versions/2/ready')).statusCode).toBe(404);
    expect((await get('/v2/models/letters/ready')).statusCode).toBe(404);
    http.manager.states = () => [{ name: 'digits', version: 2, state: 'LOADING', reason: '' }];
    expect((await get('/v2/models/digits/versions/2/ready')).statusCode).toBe(503);
    http.setReady(false);
    expect((await get('/v2/models/digits/ready')).statusCode).toBe(503);
  });

  test('tells its configuration, digest and decision', async () => {
    const config = (await get('/v2/models/digits/config')).json();
    expect(config).toMatchObject({
      name: 'digits',
      max_batch_size: 64,
      input: [{ name: 'image', data_type: 'TYPE_FP32', dims: [32, 32, 1] }],
      output: [{ name: 'probabilities', data_type: 'TYPE_FP32', dims: [11] }],
      instance_group: [{ kind: 'KIND_CPU', count: 2 }],
    });
    expect(config.parameters.digest.string_value).toBe(http.manager.current()!.digest);
    expect((await get('/v2/models/digits/versions/1/config')).json()).toEqual(config);
  });

  test('counts images, requests, failures and times', async () => {
    const infer = (classes: number[]) =>
      http.app.inject({
        method: 'POST',
        url: '/v2/models/digits/infer',
        payload: JSON.stringify({
          inputs: [
            { name: 'image', shape: [classes.length, 32, 32, 1], datatype: 'FP32', data: [...fakeInputs(...classes)] },
          ],
        }),
      });
    await infer([1]);
    await infer([1]);
    await infer([1, 2, 3]);
    await infer([]);
    const { model_stats: stats } = (await get('/v2/models/digits/stats')).json();
    expect(stats).toHaveLength(1);
    expect(stats[0]).toMatchObject({ name: 'digits', version: '1', inference_count: 5, execution_count: 3 });
    expect(stats[0].inference_stats).toMatchObject({ success: { count: 3 }, fail: { count: 1 } });
    expect(stats[0].inference_stats.compute_infer.ns).toBeGreaterThan(0);
    expect(stats[0].batch_stats.map(({ batch_size }: { batch_size: number }) => batch_size)).toEqual([1, 3]);
    expect(Math.abs(stats[0].last_inference - Date.now())).toBeLessThan(60_000);
    expect((await get('/v2/models/stats')).json()).toEqual({ model_stats: stats });
    expect((await get('/v2/models/digits/versions/2/stats')).statusCode).toBe(404);
  });

  test('without any version loaded is not there yet', async () => {
    http.manager.current = () => undefined;
    http.manager.loaded = () => [];
    expect((await get('/v2/models/digits/ready')).statusCode).toBe(503);
    const response = await http.app.inject({
      method: 'POST',
      url: '/v2/models/digits/infer',
      payload: rawBytes(fakeInputs(1)),
      headers: { 'inference-header-content-length': '0' },
    });
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
  });
});

describe('the repository', () => {
  test('lists states with reasons, or only what is ready', async () => {
    http.manager.states = () => [
      { name: 'digits', version: 1, state: 'READY', reason: '' },
      { name: 'digits', version: 2, state: 'UNAVAILABLE', reason: 'its signature does not hold' },
    ];
    const all = await post('/v2/repository/index', '');
    expect(all.json()).toEqual([
      { name: 'digits', version: '1', state: 'READY', reason: '' },
      { name: 'digits', version: '2', state: 'UNAVAILABLE', reason: 'its signature does not hold' },
    ]);
    expect((await post('/v2/repository/index', { ready: true })).json()).toHaveLength(1);
    expect((await post('/v2/repository/index', { ready: 'yes' })).statusCode).toBe(400);
  });

  test('looks at the alias when told to load, and says what answers then', async () => {
    const response = await post('/v2/repository/models/digits/load', {});
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ name: 'digits', version: '1', digest: http.manager.current()!.digest });
    expect(http.manager.checks).toBe(1);
    expect((await post('/v2/repository/models/letters/load', {})).statusCode).toBe(404);
  });

  test('tells why what the alias means was not taken', async () => {
    await http.app.close();
    const store = createMemoryStore();
    await publishRandomModel(store);
    await publishRandomModel(store, { seed: 2, run: 'run-2' });
    http = await fakeHttpApp(store);
    http.manager.states = () => [{ name: 'digits', version: 2, state: 'UNAVAILABLE', reason: 'GoldenMismatch' }];
    const response = await post('/v2/repository/models/digits/load', {});
    expect([response.statusCode, response.json()]).toEqual([
      400,
      { error: 'failed to load "digits" version 2: GoldenMismatch' },
    ]);
  });

  test('takes no files from a request, and unloads nothing', async () => {
    const body = { parameters: { 'file:1/model.onnx': 'AAAA' } };
    expect((await post('/v2/repository/models/digits/load', body)).statusCode).toBe(400);
    expect((await post('/v2/repository/models/digits/unload', {})).statusCode).toBe(400);
    expect(http.manager.checks).toBe(0);
  });
});
