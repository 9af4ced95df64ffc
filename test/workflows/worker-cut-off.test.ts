// A worker that is cut off from Temporal in the middle of a step, for longer than its heartbeats may stay away: another one
// does the step, and what the first has made by then is dropped.

import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseRunStepRecord, parseStepRecord } from '../../artifacts/manifests.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import type { RunResult } from '../../workflows/contract.ts';
import { startFakePipeline } from '../support/fake-pipeline.ts';
import { startTcpGate } from '../support/tcp-gate.ts';
import { startTemporal } from '../support/start-temporal.ts';
import { until } from '../support/until.ts';

// That the worker is cut off is the test's own doing.
Runtime.install({
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

it('a step of a worker without connection is done by another; the first drops what it made, and works on', async () => {
  const store = createMemoryStore();
  const temporal = await startTemporal();
  const gate = await startTcpGate(temporal.address);
  const first = await startFakePipeline(store, { server: { ...temporal, address: gate.address } });
  let goOn = (): void => undefined;
  first.holds.set('train', new Promise<void>((resolve) => (goOn = resolve)));
  const { client } = temporal.environment;
  const { firstExecutionRunId } = await first.start('cut-off');
  const run = { workflowId: 'cut-off', firstExecutionRunId };
  const handle = client.workflow.getHandle('cut-off');
  const begun = async (): Promise<boolean> => {
    for await (const _ of store.list('leases/train/')) return true;
    return false;
  };
  await until(begun);

  gate.shut();
  const second = await startFakePipeline(store, { server: temporal });
  const { steps } = (await handle.result()) as RunResult;
  expect(steps.map(({ state }) => state)).toEqual(Array(6).fill('computed'));
  expect(second.computed).toContain('train');
  expect(first.computed).not.toContain('train');
  const { stepKey } = parseRunStepRecord((await store.get(keys.runStep(run, 'train')))!.bytes);
  const record = (await store.get(keys.step('train', stepKey)))!;

  // The first one is still at it, and finds that he is not needed any more.
  goOn();
  await until(() => first.computed.includes('train'));
  gate.open();
  await second.stop();
  const next = await client.workflow.start('trainPipeline', {
    workflowId: 'next',
    taskQueue: 'pipeline',
    args: [{ ingest: { seed: 2 } }],
  });
  await next.result(); // by the first alone
  await first.stop(); // after the late attempt has ended
  expect(await store.get(keys.step('train', stepKey))).toEqual(record);
  for (const blob of parseStepRecord(record.bytes).blobs) await getBlob(store, blob);
  await gate.close();
  await temporal.stop();
});
