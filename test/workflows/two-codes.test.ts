// Two workers with different code on the same queues, as in the middle of a deploy.

import { expect, it } from 'vitest';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseOutcome, parseRunStepRecord, parseStepRecord } from '../../artifacts/manifests.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import type { RunResult } from '../../workflows/contract.ts';
import { startFakePipeline } from '../support/fake-pipeline.ts';
import { startTemporal } from '../support/start-temporal.ts';

const LABELS = [
  'ingest',
  'preprocess',
  'augment-0',
  'augment-1',
  'augment-2',
  'augment-3',
  'augment',
  'train',
  'evaluate',
];

it('end every run; each step is keyed by the code of the worker that ran it, and nothing is taken from the other', async () => {
  const store = createMemoryStore();
  const server = await startTemporal();
  const older = await startFakePipeline(store, { server, code: ' of yesterday' });
  const newer = await startFakePipeline(store, { server, code: ' of today' });
  try {
    let seeds = 0;
    const startSome = () =>
      Promise.all(
        Array.from({ length: 4 }, () => {
          const seed = seeds++;
          return older.start(`run-${seed}`, { ingest: { seed }, augment: { parts: 4 } });
        }),
      );
    const runs = await startSome();
    // Who gets a step is up to Temporal: until each has had one, there are more.
    const wasTried = (): boolean => [older, newer].every(({ computed }) => computed.length > 0);
    while (!wasTried()) {
      await runs.at(-1)!.result();
      if (!wasTried()) runs.push(...(await startSome()));
    }
    for (const handle of runs) {
      const { steps } = (await handle.result()) as RunResult;
      expect(steps.map(({ state }) => state)).toEqual(Array(6).fill('computed'));
      const run = { workflowId: handle.workflowId, firstExecutionRunId: handle.firstExecutionRunId };
      expect(parseOutcome((await store.get(keys.outcome(run)))!.bytes)).toMatchObject({ state: 'completed' });
      for (const label of LABELS) {
        const ofRun = parseRunStepRecord((await store.get(keys.runStep(run, label)))!.bytes);
        const record = parseStepRecord((await store.get(keys.step(ofRun.step, ofRun.stepKey)))!.bytes);
        const { bundle } = record.keyDocument['code'] as { bundle: string };
        expect(bundle).toMatch(new RegExp(`^${ofRun.step} of (yesterday|today)$`));
        for (const blob of record.blobs) await getBlob(store, blob);
      }
    }
    await older.stop();

    // The deploy is over: whatever the older code made is made once more.
    const handle = await newer.start('again', { ingest: { seed: 0 }, augment: { parts: 4 } });
    const { steps } = (await handle.result()) as RunResult;
    expect(steps).toHaveLength(6);
    const run = { workflowId: 'again', firstExecutionRunId: handle.firstExecutionRunId };
    for (const label of LABELS) {
      const { step, stepKey } = parseRunStepRecord((await store.get(keys.runStep(run, label)))!.bytes);
      const record = parseStepRecord((await store.get(keys.step(step, stepKey)))!.bytes);
      expect(record.keyDocument['code']).toEqual({ bundle: `${step} of today` });
    }
  } finally {
    await newer.stop();
    await server.stop();
  }
});
