import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWords } from '../cli/cli-process.ts';
import { startPipelineStack, type PipelineStack } from '../support/pipeline-stack.ts';
import { writeSegmentDigits } from '../support/segment-digits.ts';
import { IS_PROOF } from '../support/proofs.ts';
import { until } from '../support/until.ts';

let stack: PipelineStack;
let data: string;

beforeAll(async () => {
  stack = await startPipelineStack();
  data = path.join(stack.folder, 'data', 'segments');
  await Promise.all([writeSegmentDigits(data, 40), stack.startWorker()]);
  // Two of 402 files are no pictures: less than half a percent more than nothing, and more than is allowed here.
  for (const name of ['a.png', 'b.png']) await writeFile(path.join(data, '3', name), 'no picture');
});
afterAll(async () => stack.stop());

const cli = (...words: string[]) => runWords(words, stack.folder, stack.environment as Record<string, string>);

describe('a parked run on the command line', { timeout: 600_000 }, () => {
  const settings = {
    ingest: { source: { kind: 'folder', path: '' }, maxRejectedRatio: 0.001 },
    preprocess: { split: 'random' },
    augment: { poolSize: 4_096, parts: 2, shares: {} },
    train: { engine: 'wasm', trainSteps: 120, batchSize: 32, validationEverySteps: 40 },
    publish: { model: 'segments' },
  };

  it('is met by who watches: he hears what to do, exit code 1, one document', async () => {
    settings.ingest.source.path = data;
    const config = path.join(stack.folder, 'run.json');
    await mkdir(path.dirname(config), { recursive: true });
    await writeFile(config, JSON.stringify(settings));
    const { exitCode, document, stderr } = await cli('train', '--config', config, '--id', 'parked', '--json');
    expect(exitCode).toBe(1);
    expect(document()).toMatchObject({
      run: 'parked',
      error: { type: 'RunParked', exitCode: 1 },
      parking: { step: 'ingest', failure: { type: 'TooManyRejected' }, canSkip: false },
    });
    expect(stderr).toMatch(/ingest failed.*TooManyRejected[\s\S]*npx digitflow retry parked[\s\S]*abort/);
  });

  it('is shown as parked by runs, show and status', async () => {
    const { run } = await until(async () => {
      const [run] = (await cli('runs', '--json')).document()['runs'] as { name: string; state: string }[];
      return run?.state === 'parked' && { run };
    });
    expect((await cli('runs')).stdout).toMatch(/parked[\s\S]*needs attention: npx digitflow show parked@/);
    expect((await cli('show', run.name, '--json')).document()).toMatchObject({
      state: 'parked',
      parking: { step: 'ingest' },
      parkings: [{ step: 'ingest', decision: null }],
    });
    expect((await cli('show', 'parked')).stdout).toMatch(/Mend the cause, then:/);
    const unreachable = await runWords(['show', 'parked'], stack.folder, {
      ...(stack.environment as Record<string, string>),
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(unreachable.stdout).toMatch(/unknown[\s\S]*npx digitflow retry parked/);
  });

  it('is replayed by doctor before a deploy', async () => {
    const { document } = await cli('doctor', '--replay', '--json');
    const checks = document()['checks'] as { name: string; state: string; detail: string }[];
    expect(checks.find(({ name }) => name === 'open workflows')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/^1 of 1 go on/) as string,
    });
  });

  it('refuses a wrong word with its reason and waits on', async () => {
    const typo = await cli('retry', 'parked', '--set', 'ingest.maxRejected=1', '--json');
    expect(typo).toMatchObject({ exitCode: 2 });
    expect(typo.document()).toMatchObject({ error: { type: 'InvalidInput' } });
    expect(typo.stderr).toMatch(/did you mean maxRejectedRatio/);
    expect(await cli('skip', 'parked')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/can't be skipped/) as string,
    });
    expect(await cli('abort', 'parked')).toMatchObject({ exitCode: 2 });
  });

  it('goes on at once when it is retried, with other values', async () => {
    const beganMs = performance.now();
    const { exitCode, document } = await cli('retry', 'parked', '--set', 'ingest.maxRejectedRatio=0.05', '--json');
    const tookMs = performance.now() - beganMs;
    expect(exitCode).toBe(0);
    if (IS_PROOF) expect(tookMs).toBeLessThan(2_000); // in the suite, on a machine that does much else, the history below
    expect(document()).toMatchObject({ run: 'parked', decision: 'retry', step: 'ingest' });
    const steps = () =>
      cli('show', 'parked', '--json').then((shown) => shown.document()['steps'] as { state: string }[]);
    await until(async () => (await steps())[0]?.state === 'computed');
    // At once: no timer, no other attempt lies between the decision and the step.
    const { events } = await stack.temporal.environment.client.workflow.getHandle('parked').fetchHistory();
    const decidedAt = events!.findIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    const later = events!.slice(decidedAt).map((event) => ({
      isTimer: Boolean(event.timerStartedEventAttributes),
      activity: event.activityTaskScheduledEventAttributes?.activityType?.name,
    }));
    const ingestAt = later.findIndex(({ activity }) => activity === 'ingest');
    expect(later.slice(0, ingestAt).filter(({ isTimer }) => isTimer)).toEqual([]);
    const shown = await cli('show', 'parked');
    expect(shown.stdout).toMatch(
      /ingest was parked at .*TooManyRejected.*retry ingest\.maxRejectedRatio=0\.05 \(\w+\)/,
    );
    expect((await cli('cancel', 'parked', '--json')).document()).toMatchObject({ run: 'parked', state: 'cancelled' });
    const again = await cli('retry', 'parked');
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/cancelled.*rerun parked/) as string });
  });
});
