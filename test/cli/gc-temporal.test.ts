import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keys } from '../../artifacts/keys.ts';
import { askTemporal } from '../../cli/garbage/ask-temporal.ts';
import { connectTemporal, type TemporalSession } from '../../cli/temporal.ts';
import { TRAIN_PIPELINE } from '../../workflows/contract.ts';
import { sharedTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let temporal: TemporalSession;
beforeAll(async () => {
  temporal = await connectTemporal({ ...(await sharedTemporal()), uiUrl: undefined });
});
afterAll(() => temporal?.close());

it('knows which runs are open, and what one that nobody has begun was asked to read', async () => {
  const workflowId = `gc-${randomBytes(6).toString('hex')}`;
  const part = { key: keys.blob('ab'.repeat(32)), sha256: 'ab'.repeat(32), sizeBytes: 1 };
  const handle = await temporal.client.workflow.start(TRAIN_PIPELINE, {
    workflowId,
    taskQueue: `nobody-${workflowId}`,
    args: [{ ingest: { source: { kind: 'archive', name: 'x.tar', parts: [part] } } }],
  });
  const { firstExecutionRunId } = handle;
  const run = { workflowId, firstExecutionRunId };
  const named = async (): Promise<boolean> =>
    (await askTemporal(temporal)).documents.some((bytes) => Buffer.from(bytes).includes(part.key));
  await until(named); // a listing of Temporal's may be a second behind
  const known = await askTemporal(temporal);
  expect(await known.askRun(run, false)).toBe('open');
  expect(await known.askRun(run, true)).toBe('open'); // it was reset
  expect(await known.askRun({ workflowId: 'never', firstExecutionRunId: 'ran' }, true)).toBe('closed');
  expect(await known.askRun({ workflowId: 'never', firstExecutionRunId: crypto.randomUUID() }, false)).toBe('unknown');
  await handle.terminate('the test is over');
  await until(async () => !(await named()));
  expect(await (await askTemporal(temporal)).askRun(run, false)).toBe('closed');
});
