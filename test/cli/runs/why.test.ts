import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLeaseWatch } from '../../../activities/lease.ts';
import { runStep, type StepResult } from '../../../activities/run-step.ts';
import type { CodeIdentity } from '../../../activities/step-key.ts';
import { systemClock } from '../../../artifacts/clock.ts';
import { keys } from '../../../artifacts/keys.ts';
import { encodeRunRecord } from '../../../artifacts/manifests.ts';
import type { ArtifactRef } from '../../../artifacts/store.ts';
import type { EngineFingerprint } from '../../../ml/engine.ts';
import { silentLog } from '../../support/silent-log.ts';
import { type CliHome, openCliHome } from '../cli-process.ts';

let home: CliHome;
let runs = 0;
const engine: EngineFingerprint = {
  engine: 'tfjs-node',
  libraries: {},
  oneDnn: false,
  threads: 1,
  cpu: 'x',
  maxCpuIsa: 'AVX2',
};

interface World {
  typefaces: number;
  ingestCode: CodeIdentity;
  seed: number;
  cpu: string;
}
const world: World = {
  typefaces: 120,
  ingestCode: { bundle: 'a', packages: 'p', modules: { 'activities/ingest.ts': '1'.repeat(64) } },
  seed: 1,
  cpu: 'x',
};

/** Two steps by the real path: ingest writes what it was asked for, train reads it. */
async function run(workflowId: string, over: Partial<World> = {}): Promise<StepResult[]> {
  const { typefaces, ingestCode, seed, cpu } = { ...world, ...over };
  const identity = { workflowId, firstExecutionRunId: `01a21804-${String(++runs).repeat(8)}`, attempt: 1 };
  const { store } = home;
  const record = { schemaVersion: 1, kind: 'run', workflowType: 'trainPipeline' } as const;
  const startedAt = new Date().toISOString();
  await store.put(keys.run(identity), encodeRunRecord({ ...record, ...identity, startedAt, configuration: {} }));
  const dependencies = { store, clock: systemClock, log: silentLog, leaseWatch: createLeaseWatch() };
  const step = (name: string, request: { parameters: object; inputs: Record<string, ArtifactRef>; bytes: string }) =>
    runStep(
      dependencies,
      {
        run: identity,
        step: name,
        parameters: request.parameters,
        inputs: request.inputs,
        codeIdentity: name === 'ingest' ? ingestCode : { bundle: 't' },
        ...(name === 'train' && { engine: { ...engine, cpu } }),
      },
      async (context) => ({ output: await context.write(Buffer.from(request.bytes)), summary: {} }),
    );
  const dataset = await step('ingest', { parameters: { typefaces }, inputs: {}, bytes: `${typefaces} typefaces` });
  const inputs = { dataset: dataset.output };
  return [dataset, await step('train', { parameters: { seed }, inputs, bytes: `state ${typefaces} ${seed} ${cpu}` })];
}

const why = async (...words: string[]) => (await home.run(['why', ...words, '--json'])).document();

beforeAll(async () => {
  home = await openCliHome();
  await run('first');
  await run('same');
  await run('seed', { seed: 2 });
  await run('fonts', { typefaces: 40 });
  await run('commented', { ingestCode: { ...world.ingestCode, modules: { 'activities/ingest.ts': '2'.repeat(64) } } });
  await run('changed', { ingestCode: { ...world.ingestCode, bundle: 'b', modules: { 'ml/new.ts': '3'.repeat(64) } } });
  await run('machine', { cpu: 'y' });
});
afterAll(() => home.remove());

test('a first run has nothing to be compared with before it, and is compared with what came after', async () => {
  expect(await why('first', 'train', '--against', 'same')).toMatchObject({ state: 'computed', sameKey: true });
  expect(await why('first', 'ingest')).toMatchObject({ against: { run: 'machine@77777777' } });
});

test('a step that was reused says who computed it and that nothing differs', async () => {
  const answer = await why('same', 'train');
  expect(answer).toMatchObject({ state: 'reused', computedBy: 'first@11111111', sameKey: true, first: null });
  expect(answer['against']).toMatchObject({ run: 'first@11111111', state: 'computed' });
  expect(answer['answer']).toMatch(/was reused: what first@11111111 computed .* are those of first@11111111/);
});

test('a changed parameter is named with both values', async () => {
  expect(await why('seed', 'train', '--against', 'first')).toMatchObject({
    state: 'computed',
    first: { kind: 'parameter', parameter: 'seed', from: 1, to: 2 },
  });
  const { stdout } = await home.run(['why', 'seed', 'train', '--against', 'first']);
  expect(stdout).toMatch(/computed, because it differs from first@11111111 by parameter seed: 1 → 2\./);
});

test('a changed input is followed to the earlier step and what differs there', async () => {
  const answer = await why('fonts', 'train', '--against', 'first');
  expect(answer).toMatchObject({ first: { kind: 'parameter', parameter: 'typefaces', from: 120, to: 40 } });
  expect(answer['answer']).toMatch(/by input dataset, which follows from ingest: parameter typefaces: 120 → 40\./);
});

test('a comment leaves a step reused; code that changes names its modules, and equal bytes end the chain', async () => {
  expect(await why('commented', 'ingest', '--against', 'first')).toMatchObject({ state: 'reused', sameKey: true });
  expect(await why('changed', 'ingest', '--against', 'first')).toMatchObject({
    state: 'computed',
    first: { kind: 'code', module: 'ml/new.ts', change: 'added' },
  });
  expect(await why('changed', 'train', '--against', 'first')).toMatchObject({ state: 'reused', sameKey: true });
});

test('another engine alone is named with the option that would have taken the record', async () => {
  const answer = await why('machine', 'train', '--against', 'first');
  expect(answer).toMatchObject({ first: { kind: 'engine', field: 'cpu', from: 'x', to: 'y' } });
  expect(answer['answer']).toMatch(/--engine-match any/);
});

test('a record that cannot be read is said, and fails nothing', async () => {
  const { stepKey } = (await why('seed', 'train')) as { stepKey: string };
  const key = keys.step('train', stepKey);
  const { bytes } = (await home.store.get(key))!;
  await home.store.put(key, Buffer.from('{}'));
  expect((await why('seed', 'train'))['answer']).toMatch(
    /was computed; its record was collected since or can't be read/,
  );
  await home.store.put(key, bytes);
});

test('a step that the run has not finished is told with those it has', async () => {
  const { exitCode, stderr } = await home.run(['why', 'first', 'trian']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/no step named trian \(did you mean train\?\); it has ingest, train/);
});
