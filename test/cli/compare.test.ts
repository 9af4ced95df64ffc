import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeStepRecord, parseRunStepRecord, type RunIdentity } from '../../artifacts/manifests.ts';
import { sha256 } from '../../artifacts/canonical.ts';
import { keys } from '../../artifacts/keys.ts';
import type { ComparisonDocument } from '../../cli/compare/comparison.ts';
import { publishEvaluated } from '../support/evaluated-model.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

let home: CliHome;
let run: RunIdentity;
beforeAll(async () => {
  home = await openCliHome();
  const first = await publishEvaluated(home.store, { student: 1, noise: 0.05 });
  const second = await publishEvaluated(home.store, {
    student: 2,
    noise: 0.1,
    configuration: { train: { trainSteps: 500 }, publish: { model: 'digits' } },
  });
  await publishEvaluated(home.store, { student: 3, testSplit: 2 });
  ({ run } = await publishEvaluated(home.store, { student: 4, workflowId: 'unpublished', publish: false }));
  await recordStep(first.run, { bundle: 'a', threads: 1 });
  await recordStep(second.run, { bundle: 'b', threads: 2 });
});
afterAll(() => home.remove());

/** The record of the step that made the run's evaluation: what the comparison of code and engine reads. */
async function recordStep(of: RunIdentity, { bundle, threads }: { bundle: string; threads: number }): Promise<void> {
  const { bytes } = (await home.store.get(keys.runStep(of, 'evaluate')))!;
  const { stepKey, output } = parseRunStepRecord(bytes);
  const record = encodeStepRecord({
    schemaVersion: 1,
    kind: 'step-record',
    step: 'evaluate',
    stepKey,
    keyDocument: { code: { bundle, packages: 'p' }, engine: { threads }, inputs: {}, parameters: {} },
    modules: { 'ml/model.ts': sha256(bundle) },
    output,
    blobs: [{ ...output, etag: 'x' }],
    summary: {},
    warnings: [],
    resumed: false,
    seconds: 1,
    recordedAt: '2026-11-26T08:01:00.000Z',
    madeBy: { ...of, attempt: 1 },
    nonce: bundle,
  });
  await home.store.put(keys.step('evaluate', stepKey), record);
}

const compare = async (...words: string[]): Promise<ComparisonDocument> => {
  const { exitCode, stderr, document } = await home.run(['compare', ...words, '--json']);
  expect([exitCode, stderr]).toEqual([0, '']);
  return document() as unknown as ComparisonDocument;
};

describe('two versions of the same test split', () => {
  test('stand beside each other with paired differences, by slice, and every sample said differently', async () => {
    const document = await compare('1', '2');
    expect(document).toMatchObject({
      a: { name: 'digits version 1', model: { version: 1 } },
      b: { name: 'digits version 2', run: 'run-2@00000002' },
      test: { same: true, matchedBy: 'split', common: 220 },
    });
    const { paired, a, b } = document.figures.accuracy;
    expect(paired!.difference).toBeCloseTo(b!.value - a!.value, 12);
    expect(paired!.low).toBeLessThan(paired!.difference);
    expect(Object.keys(document.bySource)).toEqual(['pens', 'typefaces']);
    const ofSlices = Object.values(document.bySource).map(({ accuracy }) => accuracy.paired!.onlyA);
    expect(ofSlices.reduce((sum, each) => sum + each, 0)).toBe(paired!.onlyA);
    const { count, onlyA, onlyB, neither, samples } = document.disagreements;
    expect(count).toBeGreaterThan(5);
    expect([onlyA + onlyB + neither, samples.length]).toEqual([count, count]);
    for (const { a: one, b: other, label, right } of samples) {
      expect(one.said).not.toBe(other.said);
      expect(one.sample).toBe(other.sample);
      expect(right).toBe(one.said === label ? 'a' : other.said === label ? 'b' : 'neither');
    }
  });

  test('differ in what was configured, and in code and engine where both have records', async () => {
    const { configuration, made, unknown } = await compare('1', '2');
    expect(configuration).toEqual([{ key: 'train.trainSteps', a: 3400, b: 500 }]);
    expect(made.map(({ steps, difference }) => [steps, difference.kind])).toEqual([
      [['evaluate'], 'code'],
      [['evaluate'], 'engine'],
    ]);
    expect(unknown).toEqual([]);
  });

  test('are told in words, the same in both directions', async () => {
    const { stdout } = await home.run(['compare', '1', '2']);
    for (const told of [
      /^A {2}digits version 1 {2}\(run run-1@00000001\)$/m,
      /measured on the same 220 test samples/,
      /Of \d+ digits B reads \d+ right that A misreads/,
      /accuracy +\d+\.\d\d % \(.*\) +.*p [=<]/,
      /train\.trainSteps +3400 +500/,
      /code: ml\/model\.ts changed \(evaluate\)/,
      /engine threads: 1 → 2 \(evaluate\)/,
      /only A right \d+, only B right \d+, neither \d+/,
      /noise\/1\/\d+\.png/,
    ])
      expect(stdout).toMatch(told);
    const [there, back] = [await compare('1', '2'), await compare('2', '1')];
    expect(back.figures.accuracy.paired!.difference).toBeCloseTo(-there.figures.accuracy.paired!.difference, 12);
    expect(back.disagreements.onlyA).toBe(there.disagreements.onlyB);
  });

  test('make a page that needs nothing else, with a picture of each sample said differently', async () => {
    const { html, disagreements } = (await compare('1', '2', '--html', 'out/compare.html')) as ComparisonDocument & {
      html: string;
    };
    expect(html).toBe(`file://${join(home.folder, 'out', 'compare.html')}`);
    const page = readFileSync(join(home.folder, 'out', 'compare.html'), 'utf8');
    expect(page.match(/<img src="data:image\/png;base64,/g)).toHaveLength(disagreements.count);
    expect(page).not.toMatch(/<script|https?:/);
    expect(page).toContain('train.trainSteps');
  });
});

test('a version with itself differs in nothing', async () => {
  const document = await compare('champion', '3');
  expect(document).toMatchObject({ configuration: [], made: [], disagreements: { count: 0 } });
  expect(document.figures.accuracy.paired).toMatchObject({ difference: 0, chance: 1 });
  expect((await home.run(['compare', '3', '3'])).stdout).toMatch(/Both read the same of \d+ digits right/);
});

test('different test splits are said to be so, and nothing is paired that is not on both sides', async () => {
  const document = await compare('1', '3');
  expect(document.test).toEqual({ same: false, matchedBy: 'inputs', a: 220, b: 220, common: 0 });
  expect(document.figures.accuracy).toMatchObject({ a: { value: expect.any(Number) }, b: {}, paired: null });
  expect((await home.run(['compare', '1', '3'])).stdout).toMatch(/splits differ.*no sample in common/s);
});

test('a run that was never published is compared by its evaluation, by name', async () => {
  const document = await compare('unpublished', '1');
  expect(document.a).toMatchObject({ name: 'unpublished@00000004', run: 'unpublished@00000004', model: null });
  expect(document.test.common).toBe(220);
});

test.each([
  [['9', '1'], 1, /digits has no version 9/],
  [['candidate', '1'], 1, /digits has no candidate/],
  [['no-such-run', '1'], 1, /no run is named no-such-run/],
  [['1'], 2, /missing required argument 'b'/],
])('compare %j is refused', async (words, code, message) => {
  const { exitCode, stderr } = await home.run(['compare', ...words]);
  expect([exitCode, stderr]).toEqual([code, expect.stringMatching(message)]);
});

test('a run without an evaluation, and a page that cannot be written, say so', async () => {
  await home.store.delete(keys.runStep(run, 'evaluate'));
  expect((await home.run(['compare', 'unpublished', '1'])).stderr).toMatch(/evaluate step is not finished/);
  expect((await home.run(['compare', '1', '2', '--html', 'endpoints.json/x.html'])).stderr).toMatch(
    /cannot be written/,
  );
});
