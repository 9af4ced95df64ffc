import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseStepRecord, parseRunStepRecord, type RunIdentity, type StepRecord } from '../../artifacts/manifests.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { QUERIES, type RunProgress, type RunResult, type TrainPipelineInput } from '../../workflows/contract.ts';
import { DAMAGES, damageableStore, type Damage, type DamageableStore } from '../support/damage.ts';
import { startFakePipeline, type FakePipeline } from '../support/fake-pipeline.ts';

/** The labels of a run's steps that leave a record. */
const RECORDED = ['ingest', 'preprocess', 'augment-0', 'augment-1', 'augment', 'train', 'evaluate'];
const STEPS = ['ingest', 'preprocess', 'augment', 'train', 'evaluate', 'publish'];

let store: DamageableStore;
let pipeline: FakePipeline;
beforeAll(async () => {
  store = damageableStore(createMemoryStore());
  pipeline = await startFakePipeline(store);
});
afterAll(() => pipeline.stop());

/** Every seed is a world of its own: other keys for every step. */
const inputOf = (seed: number, more: TrainPipelineInput = {}): TrainPipelineInput => ({
  ingest: { seed },
  augment: { parts: 2 },
  ...more,
});

async function run(name: string, input: TrainPipelineInput) {
  const handle = await pipeline.start(name, input);
  const result = (await handle.result()) as RunResult;
  const identity: RunIdentity = { workflowId: name, firstExecutionRunId: handle.firstExecutionRunId };
  return { identity, states: Object.fromEntries(result.steps.map(({ step, state }) => [step, state])) };
}

async function recordOf(identity: RunIdentity, label: string): Promise<StepRecord> {
  const ofRun = parseRunStepRecord((await store.get(keys.runStep(identity, label)))!.bytes);
  return parseStepRecord((await store.get(keys.step(ofRun.step, ofRun.stepKey)))!.bytes);
}

/** Every blob of every step is read as it should be, and the steps made what the first run's did. */
async function expectWhole(first: Map<string, StepRecord>, identity: RunIdentity): Promise<void> {
  for (const label of RECORDED) {
    const record = await recordOf(identity, label);
    expect(record.output).toEqual(first.get(label)!.output);
    for (const blob of record.blobs) await getBlob(store, blob);
  }
}

async function firstRun(name: string, seed: number) {
  const { identity } = await run(`${name}-first`, inputOf(seed));
  const records = new Map<string, StepRecord>();
  for (const label of RECORDED) records.set(label, await recordOf(identity, label));
  return { identity, records };
}

let seeds = 100;

describe.concurrent('any one damaged object of a finished run', () => {
  for (const label of RECORDED)
    it(`${label}: a blob, another, the record, damaged in each way: each time the next run makes it again, and nothing else`, async () => {
      const seed = seeds++;
      const { records } = await firstRun(label, seed);
      const { step, stepKey, blobs } = records.get(label)!;
      const record = keys.step(step, stepKey);
      for (const how of DAMAGES)
        for (const [index, key] of [blobs[0]!.key, blobs[1]!.key, record].entries()) {
          await store.damage(key, how);
          // What a HEAD does not show is seen with `verify`, or by the first who reads it (below); a record is always read.
          const verify = how === 'flipped' && key !== record;
          const again = await run(`${label}-${how}-${index}`, inputOf(seed, verify ? { rerun: { verify } } : {}));
          for (const one of STEPS.slice(0, 5))
            expect(`${key}: ${one} ${again.states[one]}`).toBe(
              `${key}: ${one} ${one === step ? 'computed' : 'reused'}`,
            );
          await expectWhole(records, again.identity);
        }
    });

  it.each(DAMAGES)("the run's own records, %s: no later run takes anything from them", async (how: Damage) => {
    const seed = seeds++;
    const { identity, records } = await firstRun(`own-records-${how}`, seed);
    for (const keyOf of [keys.run, keys.outcome]) await store.damage(keyOf(identity), how);
    for (const label of RECORDED) await store.damage(keys.runStep(identity, label), how);
    const again = await run(`own-records-${how}-again`, inputOf(seed));
    for (const step of STEPS.slice(0, 5)) expect(again.states[step]).toBe('reused');
    await expectWhole(records, again.identity);
  });
});

describe.concurrent('damage that shows when it is read', () => {
  // Who reads each step's output next, made to compute by another value.
  const readers: [label: string, change: TrainPipelineInput][] = [
    ['ingest', { preprocess: { seed: 7 } }],
    ['preprocess', { train: { seed: 7 } }],
    ['augment', { train: { seed: 7 } }],
    ['train', { evaluate: { calibrate: false } }],
  ];
  it.each(readers)('%s: the reader stops, the maker makes it again, the run ends whole', async (label, change) => {
    const name = `read-${label}`;
    const seed = seeds++;
    const { records } = await firstRun(name, seed);
    await store.damage(records.get(label)!.output.key, 'flipped');
    const again = await run(`${name}-again`, inputOf(seed, change));
    expect(again.states[label]).toBe('computed');
    await getBlob(store, records.get(label)!.output);
    const { events } = await pipeline.temporal.environment.client.workflow.getHandle(`${name}-again`).fetchHistory();
    expect(events!.length).toBeLessThanOrEqual(150);
  });

  it('of parts of the pool: only the damaged part is made again', async () => {
    const seed = seeds++;
    const { records } = await firstRun('read-part', seed);
    await store.damage(records.get('augment-1')!.output.key, 'flipped');
    await store.delete(keys.step('augment', records.get('augment')!.stepKey));
    const again = await run('read-part-again', inputOf(seed));
    expect(again.states).toMatchObject({ preprocess: 'reused', augment: 'computed', train: 'reused' });
    await getBlob(store, records.get('augment-1')!.output);
    const stateOf = async (label: string): Promise<string> =>
      parseRunStepRecord((await store.get(keys.runStep(again.identity, label)))!.bytes).state;
    expect([await stateOf('augment-0'), await stateOf('augment-1')]).toEqual(['reused', 'computed']);
  });

  it('parks when making it again did not help, and a retry tries once more', async () => {
    const seed = seeds++;
    const { records } = await firstRun('hopeless', seed);
    const { key } = records.get('augment')!.output;
    const whole = store.put.bind(store);
    await store.damage(key, 'flipped');
    let isMended = false;
    store.put = async (written, bytes) => {
      const answer = await whole(written, bytes);
      if (written === key && !isMended) await store.damage(key, 'flipped');
      return answer;
    };
    const handle = await pipeline.start('hopeless-again', inputOf(seed, { train: { seed: 7 } }));
    const parking = await pipeline.parked('hopeless-again');
    expect(parking).toMatchObject({ step: 'train', failure: { type: 'DamagedArtifact' } });
    isMended = true;
    await handle.executeUpdate('retryStep', { args: [{ parkingId: parking.parkingId }] });
    await handle.result();
    expect((await handle.query<RunProgress>(QUERIES.progress)).steps[2]).toMatchObject({ state: 'computed' });
  });
});
