// A Temporal that has no search attributes of ours and can't be given them, and somebody who wants to be told: the real
// workflows on a real server, in a namespace that nobody prepared.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { liveRun, liveRuns } from '../../cli/runs/live-runs.ts';
import { connectTemporal, type TemporalSession } from '../../cli/temporal.ts';
import { ensureNamespace, openTemporal } from '../../setup/stack/temporal-client.ts';
import { RUN_UPDATES, type Notice, type RunResult } from '../../workflows/contract.ts';
import { startFakePipeline, Unmendable, type FakePipeline } from '../support/fake-pipeline.ts';
import { sharedTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let pipeline: FakePipeline;
let session: TemporalSession;
const told: Notice[] = [];
/** The receiver is down for so many tries. */
let refusals = 0;

beforeAll(async () => {
  const { address } = await sharedTemporal();
  const namespace = `elsewhere-${randomBytes(4).toString('hex')}`;
  const connection = { address, namespace, uiUrl: undefined };
  const client = await openTemporal(connection);
  await ensureNamespace(client, 1);
  // It is known everywhere some seconds after it was made.
  await until(
    async () => (await client.connection.workflowService.countWorkflowExecutions({ namespace })) !== undefined,
  );
  await client.connection.close();
  session = await connectTemporal(connection);
  pipeline = await startFakePipeline(undefined, {
    server: { address, namespace },
    place: { searchAttributes: false, webhook: true },
    notify(notice) {
      if (refusals-- > 0) return Promise.reject(new Error('the receiver is down'));
      told.push(notice);
      return Promise.resolve();
    },
  });
});
afterAll(async () => {
  await pipeline?.stop();
  await session?.close();
});

describe('without search attributes', () => {
  test('a run parks, is found by the command line, tells who wants to know, goes on and ends', async () => {
    refusals = 1;
    pipeline.failures.set('preprocess', [new Unmendable('a bad image')]);
    const handle = await pipeline.start('elsewhere');
    const parking = await pipeline.parked('elsewhere');
    const attention = await until(async () => told[0]);
    expect(attention).toMatchObject({
      type: 'run.needs_attention',
      at: parking.parkedAt,
      data: { run: 'elsewhere', step: 'preprocess', failure: { type: 'Unmendable', message: 'a bad image' } },
    });
    // A listing of Temporal's may be a moment behind.
    const [found, ...others] = await until(async () => {
      const listed = await liveRuns(session, { limit: 5, only: 'parked' });
      return listed.length > 0 && listed;
    });
    expect([found, others]).toMatchObject([{ identity: { workflowId: 'elsewhere' }, state: 'parked' }, []]);
    await until(async () => (await liveRun(session, 'elsewhere'))?.state === 'parked');

    await handle.executeUpdate(RUN_UPDATES.retryStep, { args: [{ parkingId: parking.parkingId }] });
    const result = (await handle.result()) as RunResult;
    expect(result.model).toMatchObject({ name: 'digits', version: 1 });
    const published = await until(async () => told[1]);
    expect(published).toMatchObject({
      type: 'model.published',
      data: { run: 'elsewhere', model: result.model, gate: 'promoted', accuracy: 1 },
    });
    const { events } = await handle.fetchHistory();
    const written = events!.flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) =>
      Object.keys(upsert?.searchAttributes?.indexedFields ?? {}),
    );
    expect(written.filter((name) => name.startsWith('Digitflow'))).toEqual([]);
  });

  test('another run that publishes the same version tells nobody again', async () => {
    const handle = await pipeline.start('elsewhere-again');
    await handle.result();
    expect(told).toHaveLength(2);
  });

  test('a run whose input is refused ends, too', async () => {
    const handle = await pipeline.start('elsewhere-bad', { trian: {} } as object);
    await expect(handle.result()).rejects.toMatchObject({ cause: { cause: { type: 'InvalidInput' } } });
  });
});
