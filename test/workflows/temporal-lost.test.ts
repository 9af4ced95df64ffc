// A real Temporal server that is killed, brought back, and brought back with an older copy of its database, under workers
// that stay: what the store has recorded decides, so nothing is done twice and every run ends as it ended before.

import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseOutcome, type RunIdentity } from '../../artifacts/manifests.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { listVersions, moveAlias, moveIdOf, publishVersion, readAliases } from '../../artifacts/registry.ts';
import { RUN_UPDATES, type RunResult } from '../../workflows/contract.ts';
import { startFakePipeline, Unmendable, type FakePipeline } from '../support/fake-pipeline.ts';
import { modelCandidate } from '../support/model-candidate.ts';
import { startTemporalProcess, type TemporalProcess } from '../support/temporal-process.ts';
import { until } from '../support/until.ts';

const store = createMemoryStore();
let temporal: TemporalProcess;
let pipeline: FakePipeline;

// That it is away is the test's own doing.
Runtime.install({
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

beforeAll(async () => {
  temporal = await startTemporalProcess();
  pipeline = await startFakePipeline(store, { server: temporal, publish });
});
afterAll(async () => {
  await pipeline?.stop();
  await temporal?.stop();
});

/** As the product does it, for a model of its own each run. */
async function publish(run: RunIdentity): Promise<void> {
  const registry = { store, clock: systemClock };
  const name = run.workflowId;
  const { version } = await publishVersion(registry, modelCandidate('content', { name }));
  await moveAlias(registry, {
    model: name,
    alias: 'champion',
    to: version.version,
    moveId: moveIdOf({ ...run, digest: version.digest, alias: 'champion' }),
    reason: 'better',
    author: `run ${name}`,
    firstTimeOnly: true,
  });
}

async function expectPublishedOnce(model: string): Promise<void> {
  expect((await listVersions(store, model)).map(({ version }) => version)).toEqual([1]);
  const { champion, moves } = await readAliases(store, model);
  expect({ champion, moves: moves.length }).toEqual({ champion: 1, moves: 1 });
}
const handleOf = (workflowId: string) => pipeline.temporal.environment.client.workflow.getHandle(workflowId);
/** Times aside, which a second telling measures anew. */
const resultOf = async (workflowId: string) => {
  const { steps, ...result } = (await handleOf(workflowId).result()) as RunResult;
  return { ...result, steps: steps.map(({ step, state }) => `${step} ${state}`) };
};
const outcomeOf = async (run: RunIdentity) => parseOutcome((await store.get(keys.outcome(run)))!.bytes);
const retry = async (workflowId: string) => {
  const { parkingId } = await pipeline.parked(workflowId);
  await handleOf(workflowId).executeUpdate(RUN_UPDATES.retryStep, { args: [{ parkingId }] });
};
/** A server that has just started may refuse the first words. */
const retryOnceUp = (workflowId: string) => until(() => retry(workflowId).then(() => true));

it('goes on after Temporal was killed, and ends the same again after its database was put back', async () => {
  let goOn = (): void => undefined;
  pipeline.holds.set('train', new Promise<void>((resolve) => (goOn = resolve)));
  pipeline.failures.set('preprocess', [new Unmendable('expected memory, got none')]);
  const parked = await pipeline.start('parked', { ingest: { seed: 1 }, train: { seed: 1 } });
  await pipeline.parked('parked');
  const held = await pipeline.start('held', { ingest: { seed: 2 }, train: { seed: 2 } });
  const runs: RunIdentity[] = [parked, held].map(({ workflowId, firstExecutionRunId }) => ({
    workflowId,
    firstExecutionRunId,
  }));
  const begun = async (): Promise<boolean> => {
    for await (const _ of store.list('leases/train/')) return true;
    return false;
  };
  await until(begun);

  // Killed in the middle of a step, which ends while nobody can be told.
  await temporal.kill();
  await temporal.copyDatabase();
  goOn();
  await until(() => store.head(keys.runStep(runs[1]!, 'train')));
  await temporal.start();
  await retryOnceUp('parked');
  const before = { parked: await resultOf('parked'), held: await resultOf('held') };
  const outcomes = await Promise.all(runs.map(outcomeOf));
  for (const outcome of outcomes) expect(outcome).toMatchObject({ state: 'completed' });
  const computed = [...pipeline.computed];
  expect(computed.filter((label) => label === 'train')).toHaveLength(2);

  // A run that the copy knows nothing of.
  const later = await pipeline.start('later', { ingest: { seed: 3 } });
  await later.result();

  await temporal.kill();
  await temporal.restoreDatabase();
  await temporal.start();
  await until(async () => (await handleOf('held').describe()).status.name === 'RUNNING');
  await retryOnceUp('parked');
  const after = { parked: await resultOf('parked'), held: await resultOf('held') };
  expect(after).toEqual(before);
  expect(await Promise.all(runs.map(outcomeOf))).toEqual(outcomes);
  const since = pipeline.computed.slice(computed.length).filter((label) => label !== 'publish');
  expect(since.filter((label) => label === 'train')).toHaveLength(1); // of the later run alone, and so is all else
  expect(new Set(since).size).toBe(since.length);
  for (const model of ['parked', 'held', 'later']) await expectPublishedOnce(model);
  await expect(handleOf('later').describe()).rejects.toThrow(/not found/i);
  expect(await outcomeOf({ workflowId: 'later', firstExecutionRunId: later.firstExecutionRunId })).toMatchObject({
    state: 'completed',
  });
});
