import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { meteredStore, type StoreCall } from '../../artifacts/metered-store.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { checkoutFolder } from '../../config/home.ts';
import { createMetrics } from '../../inference/metrics.ts';
import { until } from '../support/until.ts';
import { createHealth, type Health } from '../../workers/metrics/health.ts';
import { watchHealth } from '../../workers/metrics/health-watch.ts';
import { lateMetrics } from '../../workers/metrics/late-metrics.ts';
import { createPipelineMetrics, type PipelineMetrics } from '../../workers/metrics/pipeline-metrics.ts';
import { type MetricsServer, startMetricsServer } from '../../workers/metrics/server.ts';
import { dashboardMetrics, metricNames } from '../support/dashboard.ts';

const make = (): PipelineMetrics => createPipelineMetrics({ version: '1', commit: 'abc' });

describe('figures of a pipeline worker', () => {
  test('count steps, bytes, lookups and gaps under few labels', async () => {
    const metrics = make();
    metrics.stepEnded({ step: 'train', state: 'computed', seconds: 30 });
    metrics.stepEnded({ step: 'train', state: 'failed', seconds: 1 });
    metrics.stepEnded({ step: 'augment', state: 'reused', seconds: 0.01 });
    metrics.storeCall({
      operation: 'get',
      key: 'blobs/a',
      outcome: 'ok',
      seconds: 0.1,
      readBytes: 100,
      writtenBytes: 0,
    });
    metrics.cacheLookup(true);
    metrics.trainRate(12_000);
    metrics.heartbeatGap(0.5);
    metrics.parked('train');
    metrics.published('promoted');
    const lines = (await metrics.text()).split('\n');
    for (const line of [
      'digitflow_steps_total{step="train",state="computed"} 1',
      'digitflow_steps_total{step="train",state="failed"} 1',
      'digitflow_steps_total{step="augment",state="reused"} 1',
      'digitflow_step_seconds_sum{step="train",state="computed"} 30',
      'digitflow_store_bytes_total{direction="read"} 100',
      'digitflow_store_calls_total{operation="get",outcome="ok"} 1',
      'digitflow_cache_lookups_total{outcome="hit"} 1',
      'digitflow_train_samples_per_second 12000',
      'digitflow_heartbeat_gap_seconds_count 1',
      'digitflow_parked_total{step="train"} 1',
      'digitflow_published_total{gate="promoted"} 1',
      'digitflow_worker_info{version="1",commit="abc"} 1',
    ])
      expect(lines).toContain(line);
  });

  test('that come before the library is loaded are counted when it is', async () => {
    const late = lateMetrics(() => Promise.resolve(make()));
    late.counting.parked('train');
    const [loaded, again] = await Promise.all([late.load(), late.load()]);
    expect(again).toBe(loaded);
    late.counting.parked('train');
    expect(await loaded.text()).toContain('digitflow_parked_total{step="train"} 2');
  });

  test('of the store tell each call: its bytes, and how it ended', async () => {
    const calls: StoreCall[] = [];
    const memory = createMemoryStore();
    const store = meteredStore(memory, (call) => calls.push(call));
    const bytes = Buffer.from('four');
    await store.put('a', bytes);
    await store.putIfAbsent('a', Buffer.from('other'));
    await store.get('a');
    await store.head('b');
    for await (const _ of store.list('')) continue;
    const away = { ...memory, get: () => Promise.reject(new Error('away')) };
    const failing = meteredStore(away, (call) => calls.push(call));
    await expect(failing.get('a')).rejects.toThrow('away');
    expect(calls.every(({ seconds }) => seconds >= 0)).toBe(true);
    expect(calls).toMatchObject([
      { operation: 'put', outcome: 'ok', readBytes: 0, writtenBytes: 4 },
      { operation: 'putIfAbsent', outcome: 'lost', readBytes: 0, writtenBytes: 0 },
      { operation: 'get', outcome: 'ok', readBytes: 4, writtenBytes: 0 },
      { operation: 'head', outcome: 'none', readBytes: 0, writtenBytes: 0 },
      { operation: 'list', outcome: 'ok', readBytes: 0, writtenBytes: 0 },
      { operation: 'get', outcome: 'failed', readBytes: 0, writtenBytes: 0 },
    ]);
  });
});

describe('the dashboard', () => {
  test('asks for nothing that our workers do not tell', async () => {
    const told = new Set([...metricNames(await make().text()), ...metricNames(await createMetrics().text())]);
    const own = dashboardMetrics().filter((name) => !name.startsWith('temporal_')); // see test/e2e/pipeline.test.ts
    expect(own.length).toBeGreaterThan(15);
    expect(own.filter((name) => !told.has(name))).toEqual([]);
  });

  test('shows every figure of ours', async () => {
    const told = [...metricNames(await make().text()), ...metricNames(await createMetrics().text())];
    const ours = told.filter((name) => /^(digitflow|digits)_/.test(name) && !/_(sum|count)$/.test(name));
    const shown = new Set(dashboardMetrics());
    expect(ours.filter((name) => !shown.has(name) && !shown.has(`${name}_bucket`))).toEqual([]);
  });

  test('is told of in the documentation', () => {
    const operations = readFileSync(path.join(checkoutFolder, 'docs', 'operations.md'), 'utf8');
    expect(operations).toContain('grafana-dashboard.json');
  });
});

describe('health', () => {
  test('names what does not answer, and since when', async () => {
    let nowMs = 0;
    let isAway = true;
    const health = createHealth({
      checks: {
        store: () => (isAway ? Promise.reject(new Error('no route')) : Promise.resolve()),
        temporal: () => Promise.resolve(),
      },
      isDraining: () => false,
      now: () => nowMs,
    });
    expect(await health()).toMatchObject({ status: 'unready', checks: { store: { ok: false, error: 'no route' } } });
    nowMs = 5_000;
    expect((await health()).checks['store']).toMatchObject({ ok: false, sinceSeconds: 5 });
    isAway = false;
    expect((await health()).status).toBe('unready'); // an answer this young is given again
    nowMs = 8_000;
    expect(await health()).toEqual({ status: 'ready', checks: { store: { ok: true }, temporal: { ok: true } } });
  });

  test('does not wait for what hangs, and says when the worker is draining', async () => {
    let isDraining = false;
    const checks = { store: () => new Promise(() => undefined) };
    const health = createHealth({ checks, isDraining: () => isDraining, limitMs: 20 });
    expect((await health()).checks['store']!.error).toMatch(/no answer within/);
    isDraining = true;
    expect((await health()).status).toBe('draining');
  });
});

describe('health that is watched', () => {
  test('is told without waiting, as it was when it was last asked for', async () => {
    let answer = (_health: Health): void => undefined;
    const health = (): Promise<Health> => new Promise((resolve) => (answer = resolve));
    const watch = watchHealth(health, 5);
    expect(watch.last()).toBeUndefined();
    for (const ok of [false, true]) {
      const told: Health = { status: ok ? 'ready' : 'unready', checks: { store: { ok } } };
      await until(() => {
        answer(told);
        return watch.last() === told;
      });
    }
    watch.stop();
  });
});

describe('the server beside a worker', () => {
  let server: MetricsServer | undefined;
  afterEach(() => server?.close());

  test('tells figures, life and readiness, and nothing else', async () => {
    let told: Health = { status: 'ready', checks: {} };
    let isAlive = true;
    server = await startMetricsServer({
      host: '127.0.0.1',
      port: 0,
      health: () => Promise.resolve(told),
      isAlive: () => isAlive,
      metrics: () => Promise.resolve({ text: 'a 1\n', contentType: 'text/plain; version=0.0.4' }),
    });
    const status = async (path: string, method = 'GET') => (await fetch(`${server!.url}${path}`, { method })).status;
    expect(await (await fetch(`${server.url}/metrics`)).text()).toBe('a 1\n');
    expect(await status('/healthz')).toBe(200);
    expect(await status('/readyz?verbose')).toBe(200);
    told = { status: 'unready', checks: { store: { ok: false, error: 'away' } } };
    isAlive = false;
    expect(await status('/healthz')).toBe(503);
    const unready = await fetch(`${server.url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual(told);
    expect(await status('/')).toBe(404);
    expect(await status('/metrics', 'POST')).toBe(405);
  });
});
