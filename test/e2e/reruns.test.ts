import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import { listVersions, readVersion } from '../../artifacts/registry.ts';
import { keepSchedule } from '../../artifacts/schedules.ts';
import { runWords } from '../cli/cli-process.ts';
import { startPipelineStack, type PipelineStack } from '../support/pipeline-stack.ts';
import { writeSegmentDigits } from '../support/segment-digits.ts';

let stack: PipelineStack;
let config: string;

beforeAll(async () => {
  stack = await startPipelineStack();
  const data = path.join(stack.folder, 'data', 'segments');
  await keepSchedule(stack.store, {
    schemaVersion: 1,
    kind: 'schedule',
    revision: 1,
    id: 'nightly',
    cron: ['0 3 * * *'],
    timezone: 'UTC',
    paused: true,
    input: { publish: { model: 'segments' } },
    author: 'Ada',
    createdAt: '2026-11-26T08:00:00Z',
    changedAt: '2026-11-26T08:00:00Z',
  });
  await Promise.all([writeSegmentDigits(data, 20), stack.startWorker()]);
  config = path.join(stack.folder, 'run.json');
  await writeFile(
    config,
    JSON.stringify({
      ingest: { source: { kind: 'folder', path: data } },
      preprocess: { split: 'random' },
      augment: { poolSize: 1_024, parts: 2, shares: {} },
      train: { engine: 'wasm', trainSteps: 60, batchSize: 32, validationEverySteps: 20 }, // loads five times as fast
      publish: { model: 'segments' },
    }),
  );
});
afterAll(async () => stack.stop());

const cli = (...words: string[]) => runWords(words, stack.folder, stack.environment as Record<string, string>);

interface Summary {
  firstExecutionRunId: string;
  model: object;
  steps: { step: string; state: string }[];
}

async function rerun(...words: string[]): Promise<Summary> {
  const { exitCode, document, stderr } = await cli('rerun', 'first', ...words, '--watch', '--json');
  expect(exitCode, stderr).toBe(0);
  return document() as unknown as Summary;
}

/** The steps that were not reused. */
const computed = ({ steps }: Summary): string[] =>
  steps.filter(({ state }) => state !== 'reused').map(({ step }) => step);

describe('a run that is run again', { timeout: 600_000 }, () => {
  let first: Summary;

  it('computes nothing when nothing changed, and ends with the same document', async () => {
    const trained = await cli('train', '--config', config, '--id', 'first', '--json');
    expect(trained.exitCode, trained.stderr).toBe(0);
    first = trained.document() as unknown as Summary;
    const again = await rerun();
    expect(computed(again)).toEqual([]);
    expect(Object.keys(again).sort()).toEqual(Object.keys(first).sort());
    expect(again.model).toEqual(first.model);
    expect(again.firstExecutionRunId).not.toBe(first.firstExecutionRunId);
  });

  it('mends what is gone of a version: its files, its golden samples, its manifest', async () => {
    const before = await readVersion(stack.store, 'segments', 1);
    for (const { key } of [before.golden, ...before.files]) await stack.store.delete(key);
    await rerun('--set', 'evaluate.recallTarget=0.97');
    for (const ref of [before.golden, ...before.files]) await getBlob(stack.store, ref);
    await stack.store.delete(keys.version('segments', 1));
    const again = await rerun();
    expect(again.model).toEqual(first.model);
    expect(await readVersion(stack.store, 'segments', 1)).toMatchObject({
      digest: before.digest,
      golden: before.golden,
    });
  });
});

describe('a dataset that is added by name', { timeout: 600_000 }, () => {
  it('is ingested without training, taken by name as it was, and found by what it is called', async () => {
    const folder = path.join(stack.folder, 'mine');
    await writeSegmentDigits(folder, 12);
    const added = await cli('datasets', 'add', folder, '--name', 'mine', '--json');
    expect(added.exitCode, added.stderr).toBe(0);
    expect(added.document()).toMatchObject({ name: 'mine', added: true, samples: 120, rejected: { count: 0 } });
    const { sha256, run } = added.document() as { sha256: string; run: string };
    await expect(listVersions(stack.store, 'mine')).resolves.toEqual([]);

    const again = await cli('datasets', 'add', folder, '--name', 'mine', '--json');
    expect(again.document(), again.stderr).toMatchObject({ name: 'mine', added: false, sha256 });
    await writeFile(path.join(folder, '0', 'more.png'), 'no picture');
    const other = await cli('datasets', 'add', folder, '--name', 'mine');
    expect([other.exitCode, other.stderr]).toEqual([1, expect.stringMatching(/mine is the name of other images/)]);

    const trained = await cli(
      'train',
      '--config',
      config,
      '--dataset',
      'dataset:mine', // there is a folder of that name, too
      '--set',
      'publish.model=mine',
      '--set',
      'train.trainSteps=20',
      '--set',
      'augment.poolSize=256',
      '--json',
    );
    expect(trained.exitCode, trained.stderr).toBe(0);
    const summary = trained.document() as unknown as Summary & { run: string };
    expect(summary.steps[0]).toMatchObject({ step: 'ingest', state: 'reused' });
    const listed = (await cli('datasets', '--json')).document() as { datasets: Record<string, unknown>[] };
    const mine = listed.datasets.find((each) => each['sha256'] === sha256);
    expect(mine).toMatchObject({ names: ['mine'], versions: [{ name: 'mine', version: 1 }] });
    expect(mine!['runs']).toEqual([`${summary.run}@${summary.firstExecutionRunId.slice(-8)}`, run]);
  });

  it('is not added when ingest refuses it: that is said, and no run is left waiting', async () => {
    const folder = path.join(stack.folder, 'bad');
    await writeSegmentDigits(folder, 2);
    await writeFile(path.join(folder, '3', 'x.png'), 'no picture');
    const { exitCode, document } = await cli('datasets', 'add', folder, '--json');
    expect([exitCode, document()]).toMatchObject([
      1,
      { error: { message: expect.stringMatching(/TooManyRejected.*\n.*datasets check/) } },
    ]);
    const runs = (await cli('runs', '--json')).document() as { runs: { run: string; state: string }[] };
    expect(runs.runs.find(({ run }) => run.startsWith('dataset-bad'))).toMatchObject({ state: 'aborted' });
    expect((await cli('datasets', 'show', 'bad')).exitCode).toBe(1);
  });
});

describe("a schedule that the store remembers and Temporal doesn't", () => {
  it('is there again when a pipeline worker has started', async () => {
    const { document, stderr } = await cli('schedule', '--json');
    expect(document(), stderr).toMatchObject({
      temporal: 'reachable',
      schedules: [{ id: 'nightly', state: 'paused', cron: ['0 3 * * *'], author: 'Ada' }],
    });
  });
});
