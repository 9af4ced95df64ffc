import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import type { RunResult } from '../../workflows/contract.ts';
import { type FakePipeline, startFakePipeline } from '../support/fake-pipeline.ts';

const read: string[] = [];
/** Thrown at reading the next record of a step. */
let failure: Error | undefined;
const memory = createMemoryStore();
let pipeline: FakePipeline;

beforeAll(async () => {
  pipeline = await startFakePipeline({
    ...memory,
    get: async (key) => {
      read.push(key);
      if (failure !== undefined && key.startsWith('steps/')) {
        const thrown = failure;
        failure = undefined;
        throw thrown;
      }
      return memory.get(key);
    },
  });
});
afterAll(() => pipeline?.stop());

async function run(workflowId: string, input: object = {}): Promise<{ states: string[]; asked: string[] }> {
  const handle = await pipeline.start(workflowId, input);
  const { steps } = (await handle.result()) as RunResult;
  const { events } = await handle.fetchHistory();
  const asked = events!.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled ? [scheduled.activityType!.name!] : [],
  );
  return { states: steps.map(({ state }) => state), asked };
}

it('costs two looks where nothing changed, and reads no blob but what publish reads', async () => {
  const first = await run('first');
  expect(first.states.slice(0, 5)).toEqual(Array(5).fill('computed'));
  read.length = 0;
  const again = await run('again');
  expect(again.states.slice(0, 5)).toEqual(Array(5).fill('reused'));
  expect(again.asked).toEqual(['resolveRun', 'findFinished', 'findFinished', 'publish', 'finishRun']);
  expect(read.filter((key) => key.startsWith('blobs/'))).toHaveLength(1); // the fake publish reads its one input
});

it('takes what is finished and computes from the first step that is not', async () => {
  const other = await run('other', { train: { batchSize: 32 } });
  expect(other.states.slice(0, 5)).toEqual(['reused', 'reused', 'reused', 'computed', 'computed']);
  expect(other.asked.filter((name) => name === 'findFinished')).toHaveLength(2);
  expect(other.asked).not.toContain('ingest');
  const cold = await run('cold', { ingest: { seed: 7 } });
  expect(cold.states.slice(0, 5)).toEqual(Array(5).fill('computed'));
  expect(cold.asked.filter((name) => name === 'findFinished')).toHaveLength(1); // behind new data everything is new
});

it('asks each step by itself where looking goes wrong, or is not wished', async () => {
  failure = new Error('expected a record, got a broken wire');
  const broken = await run('broken');
  expect(broken.states.slice(0, 5)).toEqual(Array(5).fill('reused'));
  expect(broken.asked).toContain('ingest');
  for (const rerun of [{ verify: true }, { from: 'ingest' }, { fresh: true }] as const)
    expect((await run(`rerun-${Object.keys(rerun)[0]}`, { rerun })).asked).not.toContain('findFinished');
});
