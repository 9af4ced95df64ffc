// The examples of the help that need Temporal, typed as they stand there, on a real server with the pipeline's real workflows;
// their steps do next to nothing. And that every verb has an example that runs somewhere.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkoutFolder } from '../../config/home.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import { makeTgz } from '../activities/sources/make-archives.ts';
import { makeIdxPair } from '../activities/sources/make-idx.ts';
import { openCliHome, type CliHome, type CliResult } from '../cli/cli-process.ts';
import { everyVerb, examplesOf, pathOf, runsAtHome, verbsOf, wordsOf } from '../support/every-verb.ts';
import { startFakePipeline, Unmendable, type FakePipeline } from '../support/fake-pipeline.ts';
import { segmentDigit } from '../support/segment-digits.ts';
import { until } from '../support/until.ts';

/**
 * What is waited for before a line is typed: a run (`latest`, or `my-run`) that waits at a step for a person, or one that
 * computes until it is cancelled.
 */
type Before = { parkedAt: string; id?: string } | { runningAt: string };

/** Lines of the help that start a run and know of no other. */
const TYPED_AT_ONCE: readonly string[] = [
  'train',
  'train --dataset ./my-digits',
  'train --dataset digits.tgz --preset fast-print',
  'train --dataset train-images-idx3-ubyte.gz',
  'train --dataset https://example.org/digits.zip --set ingest.source.sha256=…',
  'train --dataset s3://digits/scans',
  'train --dataset builtin --dataset ./mine --weight 3 --weight 1',
  'train --dataset feedback',
  'train --set ingest.source.kind=feedback',
  'train --set train.trainSteps=500 --set train.seed=2',
  'train --engine wasm',
];

/** Others, in an order in which each finds what it names. */
const TYPED_IN_ORDER: readonly (readonly [line: string, before?: Before])[] = [
  ['train --detach --json'],
  ['status --json'],
  ['runs'],
  ['cancel latest', { runningAt: 'ingest' }],
  ['retry latest', { parkedAt: 'ingest' }],
  ['retry my-run --set train.batchSize=32 --watch', { parkedAt: 'train', id: 'my-run' }],
  ['show'],
  ['show my-run --watch'],
  ['logs my-run --follow'],
  ['report my-run --to report.html'],
  ['rerun latest'],
  ['rerun latest --from train'],
  ['rerun latest --only evaluate'],
  ['rerun latest --set train.seed=2 --detach --json'],
  ['skip latest', { parkedAt: 'augment' }],
  ['abort latest --reason "the images were wrong"', { parkedAt: 'ingest' }],
  ['schedule create nightly --cron "0 3 * * *" --timezone Europe/Berlin'],
  ['schedule'],
  ['schedule list --json'],
  ['schedule show nightly'],
  ['schedule pause nightly'],
  ['schedule resume nightly'],
  ['schedule run nightly'],
  ['schedule run nightly --json'],
  ['schedule delete nightly --yes'],
  ['schedule create nightly --cron "0 3 * * *" --dataset feedback --dataset builtin'],
  ['schedule create often --every 6h --preset quick --note "smoke test"'],
  ['schedule create weekly --cron "0 4 * * 1" --dataset s3://digits/scans --paused'],
  ['compose init'],
  ['compose init --force'],
  ['feedback clear --yes'],
];

/** What an example says in brief; and a file of the test's own in place of the checkout's .env. */
const filledIn = (line: string): string =>
  line.replace('sha256=…', `sha256=${'a'.repeat(64)}`).replace('compose init', 'compose init --to containers.env');

/** Verbs whose examples ask for more than this test has, and the test that runs them there. */
const ELSEWHERE: Record<string, readonly [reason: string, test: string]> = {
  start: ['the whole stack and a training', 'test/e2e/reproduce.test.ts'],
  up: ['a supervisor of its own', 'test/e2e/without-tensorflow.test.ts'],
  down: ['ends what `up` began', 'test/e2e/without-tensorflow.test.ts'],
  doctor: ['a run that waits in a real stack', 'test/e2e/parked-runs.test.ts'],
  'datasets show': ['a dataset with its images', 'test/cli/datasets.test.ts'],
  'datasets add': ['an ingest of real images', 'test/e2e/reruns.test.ts'],
  'datasets remove': ['a dataset that was added', 'test/cli/datasets.test.ts'],
  'models delete': ['a version that nothing needs', 'test/cli/models.test.ts'],
  reproduce: ['a training, twice', 'test/e2e/reproduce.test.ts'],
  serve: ['runs until Ctrl-C, in a process of its own', 'test/cli/serve.test.ts'],
  session: ['an inference worker', 'test/workers/inference.test.ts'],
  'session show': ['an inference worker', 'test/workers/inference.test.ts'],
  'session pause': ['an inference worker', 'test/workers/inference.test.ts'],
  'session resume': ['an inference worker', 'test/workers/inference.test.ts'],
  'session end': ['an inference worker', 'test/workers/inference.test.ts'],
  'session start': ['an inference worker', 'test/workers/inference.test.ts'],
  watch: ['an inference worker and a video', 'test/workers/inference.test.ts'],
  'feedback delete': ['a correction', 'test/cli/feedback.test.ts'],
};

const TYPED = new Set([...TYPED_AT_ONCE, ...TYPED_IN_ORDER.map(([line]) => line)]);
const verbs = verbsOf(everyVerb()).filter((verb) => verb.name() !== 'help');
const lines = new Set(verbs.flatMap(examplesOf).map(({ line }) => line));

test('every verb has an example that runs: here, from a store alone, or in a test that has what it needs', () => {
  const without = verbs
    .filter((verb) => !examplesOf(verb).some(({ line }) => TYPED.has(line) || runsAtHome(line)))
    .map(pathOf);
  expect(without.sort()).toEqual(Object.keys(ELSEWHERE).sort());
  for (const [verb, [, file]] of Object.entries(ELSEWHERE))
    expect(readFileSync(join(checkoutFolder, file), 'utf8'), verb).toContain(`'${verb.split(' ').at(-1)}'`);
});

test('what is typed here stands in the help', () => {
  expect([...TYPED].filter((line) => !lines.has(line))).toEqual([]);
});

describe('typed', () => {
  let home: CliHome;
  let pipeline: FakePipeline;
  let release = (): void => undefined;

  beforeAll(async () => {
    home = await openCliHome();
    const write = (name: string, bytes: Uint8Array): void => {
      mkdirSync(dirname(join(home.folder, name)), { recursive: true });
      writeFileSync(join(home.folder, name), bytes);
    };
    const pictures = [0, 1].flatMap((digit) =>
      [0, 1, 2].map((variant) => ({ name: `${digit}/${variant}.png`, bytes: encodePng(segmentDigit(digit, variant)) })),
    );
    for (const { name, bytes } of pictures)
      for (const folder of ['my-digits', 'mine']) write(`${folder}/${name}`, bytes);
    write('digits.tgz', makeTgz(pictures));
    const samples = [0, 1].map((label) => ({ label, pixels: new Uint8Array(28 * 28).fill(100 + label) }));
    const { images, labels } = makeIdxPair(samples, 28);
    write('train-images-idx3-ubyte.gz', gzipSync(images));
    write('train-labels-idx1-ubyte.gz', gzipSync(labels));
    const logged = { level: 30, time: Date.now(), run: 'my-run', msg: 'as a worker of this machine tells it' };
    write('logs/pipeline.log', Buffer.from(`${JSON.stringify(logged)}\n`));
    pipeline = await startFakePipeline(home.store, { defaults: { augment: { parts: 1 } } });
  });
  afterAll(async () => {
    release();
    await pipeline?.stop();
    home?.remove();
  });

  const cli = (words: string[]): Promise<CliResult> =>
    home.run(words, {
      TEMPORAL_ADDRESS: pipeline.temporal.address,
      TEMPORAL_NAMESPACE: pipeline.temporal.namespace,
    });

  let seed = 100;
  /** The run that was prepared last. */
  let ended: Promise<unknown> = Promise.resolve();
  /** Starts a run of which nothing can be reused. */
  async function prepare(before: Before): Promise<void> {
    await ended; // or it would meet the next one's failure
    seed++;
    const id = 'id' in before ? before.id! : `before-${seed}`;
    if ('parkedAt' in before) pipeline.failures.set(before.parkedAt, [new Unmendable('as the test wants it')]);
    else pipeline.holds.set(before.runningAt, new Promise<void>((resolve) => (release = resolve)));
    const words = ['train', '--detach', '--id', id];
    for (const step of ['ingest', 'preprocess', 'train']) words.push('--set', `${step}.seed=${seed}`);
    expect((await cli(words)).exitCode).toBe(0);
    const handle = pipeline.temporal.environment.client.workflow.getHandle(id);
    ended = handle.result().catch(() => undefined);
    if ('parkedAt' in before) await pipeline.parked(id);
    else
      await until(async () => {
        const shown = (await cli(['show', id, '--json'])).stdout;
        return /"step": ?"ingest",\s*"state": ?"running"/.test(shown);
      });
  }

  async function type(line: string): Promise<void> {
    const { exitCode, stdout, stderr } = await cli(wordsOf(filledIn(line)));
    expect(exitCode, stderr).toBe(0);
    expect(stdout).not.toBe('');
  }

  test.concurrent.each(TYPED_AT_ONCE)('%s', type);

  test.each(TYPED_IN_ORDER.map(([line, before]) => ({ line, before })))('$line', async ({ line, before }) => {
    if (before !== undefined) await prepare(before);
    await type(line);
    release();
  });
});
