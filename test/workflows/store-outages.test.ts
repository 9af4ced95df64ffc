// Whole runs on a real Temporal and a real MinIO whose wire fails in the middle: what passes is waited out, what a person must
// mend parks, and in either case nothing that was finished is done again.

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../artifacts/keys.ts';
import { parseOutcome } from '../../artifacts/manifests.ts';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import type { MinioStoreOptions } from '../../artifacts/minio-store-client.ts';
import type { Store } from '../../artifacts/store.ts';
import { createRandom } from '../../ml/random.ts';
import { RUN_UPDATES, type RunResult } from '../../workflows/contract.ts';
import { startFakePipeline, type FakePipeline } from '../support/fake-pipeline.ts';
import { startFaultyProxy, type Fault, type FaultyProxy } from '../support/faulty-proxy.ts';
import { sharedMinio } from '../support/minio.ts';
import { until } from '../support/until.ts';

let options: MinioStoreOptions;
let proxy: FaultyProxy;
let direct: Store;
let pipeline: FakePipeline;
beforeAll(async () => {
  options = { ...(await sharedMinio()), bucket: `outages-${randomBytes(6).toString('hex')}` };
  await createMinioBucket(options);
  direct = createMinioStore(options);
  proxy = await startFaultyProxy(options.endpoint);
  pipeline = await startFakePipeline(createMinioStore({ ...options, endpoint: proxy.endpoint }));
});
afterEach(() => {
  proxy.mend();
  pipeline.holds.clear();
});
afterAll(async () => {
  await pipeline?.stop();
  await proxy?.close();
});

const error = (status: number, code: string): Fault => ({ kind: 'error', status, code });

let seeds = 1;
/** A run that waits inside `augment`, with all before it recorded; every one has keys of its own. */
async function startHeld(workflowId: string) {
  let goOn = (): void => undefined;
  pipeline.holds.set('augment', new Promise<void>((resolve) => (goOn = resolve)));
  pipeline.computed.length = 0;
  const handle = await pipeline.start(workflowId, { ingest: { seed: seeds++ }, augment: { parts: 1 } });
  const identity = { workflowId, firstExecutionRunId: handle.firstExecutionRunId };
  await until(() => direct.head(keys.runStep(identity, 'augment-0'))); // the last that a step writes
  return { handle, identity, goOn };
}
const attemptOf = async (workflowId: string): Promise<{ attempt: number; said: string }> => {
  const { raw } = await pipeline.temporal.environment.client.workflow.getHandle(workflowId).describe();
  const [pending] = raw.pendingActivities ?? [];
  return { attempt: pending?.attempt ?? 0, said: pending?.lastFailure?.message ?? '' };
};
const timesComputed = (label: string): number => pipeline.computed.filter((each) => each === label).length;
const finishedBefore = ['ingest', 'preprocess', 'augment-0'];

async function expectWhole(result: unknown, identity: Parameters<typeof keys.outcome>[0]): Promise<void> {
  expect((result as RunResult).steps.map(({ state }) => state)).toEqual(Array(6).fill('computed'));
  for (const label of finishedBefore) expect(`${label} ${timesComputed(label)}`).toBe(`${label} 1`);
  const outcome = await direct.get(keys.outcome(identity));
  expect(parseOutcome(outcome!.bytes)).toMatchObject({ state: 'completed' });
}

describe('a store that fails while a run is under way', () => {
  it.each<[string, Fault, RegExp]>([
    ['is down', { kind: 'refused' }, /expected an answer from the store/],
    ['is busy', error(503, 'SlowDown'), /HTTP status 503 \(SlowDown\)/],
    ['is full', error(507, 'XMinioStorageFull'), /expected room in the store, got none; free or add disk space/],
  ])('and %s: the step is tried again, saying why, until it goes on', async (words, fault, why) => {
    const { handle, identity, goOn } = await startHeld(`passing ${words}`);
    proxy.failAs(({ method }) => (words === 'is full' && method !== 'PUT' ? undefined : fault));
    goOn();
    const { said } = await until(async () => {
      const now = await attemptOf(identity.workflowId);
      return now.attempt >= 2 && now;
    });
    expect(said).toMatch(why);
    proxy.mend();
    await expectWhole(await handle.result(), identity);
  });

  it.each<[string, Fault, string]>([
    ['no longer knows the keys', error(403, 'InvalidAccessKeyId'), 'StoreAccessDenied'],
    ['has lost the bucket', error(404, 'NoSuchBucket'), 'BucketMissing'],
  ])('and %s: the run parks at the first attempt, and goes on from there by `retry`', async (_, fault, type) => {
    const { handle, identity, goOn } = await startHeld(`parked ${type}`);
    proxy.failAs(() => fault);
    goOn();
    const parking = await pipeline.parked(identity.workflowId);
    expect(parking).toMatchObject({ step: 'augment', failure: { type } });
    expect(parking.failure.message).toMatch(/expected .*, got /);
    proxy.mend();
    await handle.executeUpdate(RUN_UPDATES.retryStep, { args: [{ parkingId: parking.parkingId }] });
    await expectWhole(await handle.result(), identity);
  });

  it('and comes back empty, or from an older copy: what is gone is made again, the run ends', async () => {
    const { handle, goOn } = await startHeld('comes back empty');
    for await (const { key } of direct.list('')) await direct.delete(key);
    goOn();
    const { steps } = (await handle.result()) as RunResult;
    expect(steps).toHaveLength(6);
    for (const label of finishedBefore) expect(`${label} ${timesComputed(label)}`).toBe(`${label} 2`);
  });

  it('in every way, again and again (seeded): the run ends, and what was finished stays finished', async () => {
    const random = createRandom(7);
    const faults: Fault[] = [
      { kind: 'refused' },
      error(500, 'InternalError'),
      { kind: 'error', status: 503, code: 'SlowDown', acted: true },
      { kind: 'lost answer' },
      { kind: 'cut request' },
      { kind: 'cut answer' },
      { kind: 'flipped' },
      { kind: 'slow', delayMs: 100 },
    ];
    const { handle, identity, goOn } = await startHeld('stormy');
    const before = proxy.failed();
    // What is flipped whenever it is read is damaged, and made anew; on its way it is not.
    const flippedOnce = new Set<string>();
    const isOnItsWay = (url: string): boolean => !flippedOnce.has(url) && flippedOnce.add(url).has(url);
    proxy.failAs(({ url }) => {
      const fault = random.chance(0.4) ? faults[random.integer(faults.length)] : undefined;
      return fault?.kind === 'flipped' && !isOnItsWay(url!) ? undefined : fault;
    });
    goOn();
    await expectWhole(await handle.result(), identity);
    expect(proxy.failed() - before).toBeGreaterThan(10);
  });
});

it('a run that has published does not fail for keys that are wrong when its end is recorded', async () => {
  proxy.failAs(({ url }) => (url?.includes('/outcome') ? error(403, 'InvalidAccessKeyId') : undefined));
  const { handle, identity, goOn } = await startHeld('ends with wrong keys');
  goOn();
  const { said } = await until(async () => {
    const now = await attemptOf(identity.workflowId);
    return now.said.includes('record of the run') && now;
  });
  expect(said).toMatch(/every step is finished.*InvalidAccessKeyId/);
  proxy.mend();
  await expectWhole(await handle.result(), identity);
});

it('a run that begins while the keys are wrong fails at once and says so', async () => {
  proxy.failAs(() => error(403, 'InvalidAccessKeyId'));
  const handle = await pipeline.start('begins with wrong keys', {});
  await expect(handle.result()).rejects.toMatchObject({
    cause: { cause: { type: 'StoreAccessDenied', message: expect.stringMatching(/InvalidAccessKeyId/) as string } },
  });
});
