import { beforeEach, describe, expect, it } from 'vitest';
import { createLeaseWatch } from '../../activities/lease.ts';
import { runStep, type ComputeStep, type RunStepRequest } from '../../activities/run-step.ts';
import { InvalidStepOutput, StepHeldElsewhere } from '../../activities/step-errors.ts';
import type { StepContext } from '../../activities/step.ts';
import { stepKeyOf } from '../../activities/step-key.ts';
import { DamagedArtifact, getBlob, putBlob } from '../../artifacts/blobs.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { StoreUnavailable } from '../../artifacts/errors.ts';
import { keys } from '../../artifacts/keys.ts';
import { encodeLease, parseLease, parseRunStepRecord, parseStepRecord } from '../../artifacts/manifests.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import type { EngineFingerprint } from '../../ml/engine.ts';
import { silentLog } from '../support/silent-log.ts';

let store: Store;
let computed: number;
beforeEach(() => {
  store = createMemoryStore();
  computed = 0;
});

const identity = { step: 'ingest', parameters: { size: 32 }, inputs: {}, codeIdentity: { bundle: 'a' } };
const run = { workflowId: 'a workflow', firstExecutionRunId: 'first', attempt: 1 };
const { stepKey } = stepKeyOf(identity);

const compute: ComputeStep = async (context) => {
  computed++;
  const part = await context.write(Buffer.from('part'));
  const output = await context.write(Buffer.from(JSON.stringify({ part })));
  return { output, summary: { parts: 1 } };
};

const dependencies = (over: Store = store) => ({
  store: over,
  clock: systemClock,
  log: silentLog,
  leaseWatch: createLeaseWatch(),
});
const go = (request: Partial<RunStepRequest> = {}, work = compute) =>
  runStep(dependencies(), { ...identity, run, ...request }, work);
const otherRun = { ...run, workflowId: 'another workflow' };

async function recordOf(key = stepKey) {
  return parseStepRecord((await store.get(keys.step('ingest', key)))!.bytes);
}

it('keeps no record of a result that says it must not stand for the whole', async () => {
  const incomplete: ComputeStep = async (context) => ({ ...(await compute(context)), reusable: false });
  expect(await go({}, incomplete)).toMatchObject({ state: 'computed' });
  expect(await store.get(keys.step('ingest', stepKey))).toBeUndefined();
  expect(await go({ run: otherRun })).toMatchObject({ state: 'computed' });
  expect(computed).toBe(2);
});

it('computes, records every blob with its ETag, and tells the run', async () => {
  const result = await go({}, async (context) => {
    context.warn('a typeface is missing');
    return compute(context);
  });
  expect(result).toMatchObject({ step: 'ingest', stepKey, state: 'computed', summary: { parts: 1 } });
  const record = await recordOf();
  expect(record.output).toEqual(result.output);
  expect(record.keyDocument).toEqual({ step: 'ingest', code: { bundle: 'a' }, inputs: {}, parameters: { size: 32 } });
  expect(record.warnings).toEqual(['a typeface is missing']);
  for (const { key, etag } of record.blobs) expect((await store.head(key))!.etag).toBe(etag);
  expect(record.blobs).toHaveLength(2);
  const ofRun = parseRunStepRecord((await store.get(keys.runStep(run, 'ingest')))!.bytes);
  expect(ofRun).toMatchObject({ stepKey, state: 'computed', output: result.output, attempt: 1 });
  expect(parseLease((await store.get(keys.lease('ingest', stepKey)))!.bytes).released).toBe(true);
});

it('reuses a finished step, for another run as `reused`, for any later attempt of its own as what it was', async () => {
  const first = await go();
  expect(await go({ run: otherRun })).toMatchObject({ state: 'reused', output: first.output });
  expect(await go({ run: { ...run, attempt: 2 } })).toMatchObject({ state: 'computed', output: first.output });
  // Attempts are counted anew after the run was parked or reset.
  expect(await go()).toMatchObject({ state: 'computed', seconds: (await recordOf()).seconds });
  expect(computed).toBe(1);
});

const DIFFERENCES: [string, Partial<RunStepRequest>][] = [
  ['a parameter', { parameters: { size: 28 } }],
  ['the code', { codeIdentity: { bundle: 'b' } }],
  ['the packages', { codeIdentity: { bundle: 'a', packages: 'p' } }],
  ['an input', { inputs: { dataset: { key: 'k', sha256: 'c'.repeat(64), sizeBytes: 1 } } }],
  [
    'the engine',
    { engine: { engine: 'tfjs-node', libraries: {}, oneDnn: false, threads: 1, cpu: 'x', maxCpuIsa: 'AVX2' } },
  ],
];
it.each(DIFFERENCES)('computes anew when %s differs', async (_, difference) => {
  await go();
  expect((await go(difference)).state).toBe('computed');
  expect(computed).toBe(2);
});

it('keeps the digests of modules in the record and out of the key', async () => {
  const modules = { 'activities/ingest.ts': 'd'.repeat(64) };
  const result = await go({ codeIdentity: { bundle: 'a', modules } });
  expect(result.stepKey).toBe(stepKey);
  expect((await recordOf()).modules).toEqual(modules);
});

it('computes anew when a blob of the record is gone, and leaves the record when the same bytes come out', async () => {
  const { output } = await go();
  const before = await store.get(keys.step('ingest', stepKey));
  await store.delete((await recordOf()).blobs[0]!.key);
  expect(await go({ run: otherRun })).toMatchObject({ state: 'computed', output });
  expect(await store.get(keys.step('ingest', stepKey))).toEqual(before);
  expect(await go({ run: { ...run, workflowId: 'a third one' } })).toMatchObject({ state: 'reused' });
  expect(computed).toBe(2);
});

it('replaces a record whose blobs are gone when other bytes come out', async () => {
  await go();
  await store.delete((await recordOf()).blobs[0]!.key);
  const other = await go({}, async (context) => ({ output: await context.write(Buffer.from('other')), summary: {} }));
  expect((await recordOf()).output).toEqual(other.output);
});

it('replaces a record that cannot be read', async () => {
  await store.put(keys.step('ingest', stepKey), Buffer.from('{'));
  expect((await go()).state).toBe('computed');
  expect((await recordOf()).stepKey).toBe(stepKey);
});

it('with verify writes damaged blobs anew, even where size and ETag look right', async () => {
  const { output } = await go();
  const intact = { head: store.head.bind(store), put: store.put.bind(store) };
  let puts = 0;
  store.put = (key, bytes) => {
    if (key.startsWith(keys.blobs)) puts++;
    return intact.put(key, bytes);
  };
  expect(await go({ options: { verify: true } })).toMatchObject({ state: 'computed', output });
  expect(puts).toBe(2);
});

it('does not reuse, lease or record a step that is idempotent by itself', async () => {
  const options = { reuse: 'never' as const };
  await go({ options });
  const again = await go({ options }, async (context) => ({ ...(await compute(context)), reused: true }));
  expect(computed).toBe(2);
  expect(again.state).toBe('reused');
  expect(await store.get(keys.step('ingest', stepKey))).toBeUndefined();
  expect(await store.get(keys.lease('ingest', stepKey))).toBeUndefined();
  expect(await store.get(keys.runStep(run, 'ingest'))).toBeDefined();
});

it('says `resumed` when the work went on from a checkpoint', async () => {
  const resumed: ComputeStep = async (context) => ({ ...(await compute(context)), resumed: true });
  expect((await go({}, resumed)).state).toBe('resumed');
  expect((await go({ run: otherRun })).state).toBe('reused');
});

it('checks blobs that others wrote and the output names', async () => {
  const { ref: part } = await putBlob(store, Buffer.from('made by another step'));
  const joining: ComputeStep = async (context) => ({ ...(await compute(context)), includes: [part] });
  await go({}, joining);
  expect((await recordOf()).blobs.map(({ key }) => key)).toContain(part.key);
  await store.delete(part.key);
  await expect(go({ run: otherRun }, joining)).rejects.toThrow('expected blobs/sha256/');
});

it.each([
  ['through its context', (context: StepContext, ref: ArtifactRef) => context.read(ref)],
  ['by another way', (_: StepContext, ref: ArtifactRef) => getBlob(store, ref)],
])('tells which step made a damaged input that was read %s', async (_, read) => {
  const { output } = await go();
  await store.put(output.key, Buffer.from('damaged'));
  const reading = go({ step: 'preprocess', inputs: { dataset: output } }, async (context) => {
    await read(context, output);
    return compute(context);
  });
  const damage = await reading.catch((error: unknown) => error);
  expect(damage).toBeInstanceOf(DamagedArtifact);
  expect(damage).toMatchObject({
    ref: output,
    step: 'ingest',
    stepKey,
    details: { ref: output, step: 'ingest', stepKey },
  });
});

it('leaves a step alone that another worker holds, and asks for another try in two seconds', async () => {
  await holdLease({ workflowId: 'another workflow', attempt: 1 });
  const held = await go().catch((error: unknown) => error);
  expect(held).toBeInstanceOf(StepHeldElsewhere);
  expect(held).toMatchObject({ retryable: true, nextRetryDelayMs: 2_000 });
  expect((held as Error).message).toContain('attempt 1 of another workflow');
  expect(computed).toBe(0);
});

it.each([
  ['released', { workflowId: 'another workflow', attempt: 1, released: true }],
  ['of an earlier attempt of the same workflow', { workflowId: run.workflowId, attempt: 1 }],
])('takes over at once a lease that is %s', async (_, holder) => {
  await holdLease(holder);
  expect((await go({ run: { ...run, attempt: 2 } })).state).toBe('computed');
});

it('takes over a lease that it saw unchanged for 20 s by its own clock', async () => {
  await holdLease({ workflowId: 'another workflow', attempt: 1 });
  let nowMs = 0;
  const shared = { ...dependencies(), clock: { ...systemClock, monotonic: () => nowMs } };
  const attempt = () => runStep(shared, { ...identity, run }, compute);
  await expect(attempt()).rejects.toThrow(StepHeldElsewhere);
  nowMs = 19_999;
  await expect(attempt()).rejects.toThrow(StepHeldElsewhere);
  nowMs = 20_000;
  expect((await attempt()).state).toBe('computed');
});

it("takes a lease that cannot be read for a stranger's: it waits 20 s, in which a holder who lives has written it anew", async () => {
  const key = keys.lease('ingest', stepKey);
  await store.put(key, Buffer.from('no lease'));
  let nowMs = 0;
  const shared = { ...dependencies(), clock: { ...systemClock, monotonic: () => nowMs } };
  const attempt = () => runStep(shared, { ...identity, run }, compute);
  await expect(attempt()).rejects.toThrow(StepHeldElsewhere);
  nowMs = 20_000;
  expect((await attempt()).state).toBe('computed');
  expect(parseLease((await store.get(key))!.bytes).released).toBe(true);
});

it('releases the lease when the work fails, so that the next attempt need not wait', async () => {
  await expect(go({}, () => Promise.reject(new Error('out of luck')))).rejects.toThrow('out of luck');
  expect((await go({ run: otherRun })).state).toBe('computed');
});

it('stops when cancelled, records nothing, and lets the next one in', async () => {
  const cancel = new AbortController();
  const cancelled = go({ signal: cancel.signal }, async (context) => {
    cancel.abort(new Error('cancelled'));
    return compute(context);
  });
  await expect(cancelled).rejects.toThrow('cancelled');
  expect(await store.get(keys.step('ingest', stepKey))).toBeUndefined();
  expect((await go({ run: otherRun })).state).toBe('computed');
});

it.each<[string, (ref: ArtifactRef) => Awaited<ReturnType<ComputeStep>>, string]>([
  [
    'an output that it did not write',
    (ref) => ({ output: { ...ref, key: 'blobs/elsewhere' }, summary: {} }),
    'an output',
  ],
  ['a summary that is too large', (ref) => ({ output: ref, summary: { text: 'x'.repeat(2_100) } }), '2048 bytes'],
])('refuses %s', async (_, made, message) => {
  const breaking = go({}, async (context) => made(await context.write(Buffer.from('x'))));
  await expect(breaking).rejects.toThrow(InvalidStepOutput);
  await expect(breaking).rejects.toThrow(message);
});

it('passes on that the store is unavailable, as something to be tried again', async () => {
  const failing: Store = {
    ...store,
    get: () => Promise.reject(new StoreUnavailable({ bucket: 'b', operation: 'get' }, 'silence')),
  };
  const failed = runStep(dependencies(failing), { ...identity, run }, compute);
  await expect(failed).rejects.toMatchObject({ name: 'StoreUnavailable', retryable: true });
});

async function holdLease(holder: { workflowId: string; attempt: number; released?: boolean }): Promise<void> {
  const lease = { schemaVersion: 1, kind: 'lease', nonce: 'n', revision: 1, released: false, ...holder } as const;
  await store.put(keys.lease('ingest', stepKey), encodeLease(lease));
}

describe('a step that only another engine has finished', () => {
  const engineOf = (cpu: string): EngineFingerprint => ({
    engine: 'tfjs-node',
    libraries: {},
    oneDnn: false,
    threads: 1,
    cpu,
    maxCpuIsa: 'AVX2',
  });

  it('is computed anew, and its run is told what --engine-match any would have taken', async () => {
    await go({ engine: engineOf('x') });
    const own = await go({ engine: engineOf('y'), run: otherRun });
    expect(own).toMatchObject({
      state: 'computed',
      summary: { offered: expect.stringMatching(/a workflow.*: cpu$/) as string },
    });
    expect(computed).toBe(2);
    const ofRun = parseRunStepRecord((await store.get(keys.runStep(otherRun, 'ingest')))!.bytes);
    expect(ofRun.warnings).toEqual([expect.stringMatching(/--engine-match any/)]);
    expect((await recordOf(own.stepKey)).warnings).toEqual([]);
    expect((await recordOf(own.stepKey)).summary).toEqual({ parts: 1 });
  });

  it('is taken when any engine will do, under the key it has, and the run is told', async () => {
    const first = await go({ engine: engineOf('x') });
    const taken = await go({ engine: engineOf('y'), run: otherRun, options: { engineMatch: 'any' } });
    expect(taken).toMatchObject({ state: 'reused', stepKey: first.stepKey, output: first.output });
    expect(computed).toBe(1);
    const ofRun = parseRunStepRecord((await store.get(keys.runStep(otherRun, 'ingest')))!.bytes);
    expect(ofRun).toMatchObject({ stepKey: first.stepKey, warnings: [expect.stringMatching(/another engine.*cpu/)] });
  });

  it('is not taken when anything else differs, a blob is gone, or the own engine has it', async () => {
    const first = await go({ engine: engineOf('x') });
    const any = { engineMatch: 'any' as const };
    expect((await go({ engine: engineOf('y'), parameters: { size: 28 }, options: any })).state).toBe('computed');
    expect((await go({ engine: engineOf('z'), run: otherRun, options: any })).stepKey).toBe(first.stepKey);
    await store.delete((await recordOf(first.stepKey)).blobs[0]!.key);
    expect((await go({ engine: engineOf('z'), run: otherRun, options: any })).state).toBe('computed');
    expect(await go({ engine: engineOf('z'), options: any })).toMatchObject({ state: 'reused', summary: { parts: 1 } });
    expect(computed).toBe(3);
  });
});
