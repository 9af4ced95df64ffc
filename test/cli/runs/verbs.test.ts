import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putBlob } from '../../../artifacts/blobs.ts';
import { keys } from '../../../artifacts/keys.ts';
import { encodeOutcome, encodeRunRecord, encodeRunStepRecord } from '../../../artifacts/manifests.ts';
import { publicKeyOf } from '../../../artifacts/signature.ts';
import { resolveRunConfiguration } from '../../../config/resolve.ts';
import { encodePng } from '../../../ml/codecs/png.ts';
import { publishRandomModel } from '../../inference/published-model.ts';
import { type CliHome, openCliHome } from '../cli-process.ts';

const DONE = { workflowId: 'digits/one', firstExecutionRunId: '01a21804-304a-7959-90ae-537211111111' };
const OPEN = { workflowId: 'digits/one', firstExecutionRunId: '01a21804-4e83-7c70-b54e-314422222222' };
const REPORT = Buffer.from('<!doctype html><title>report</title>');

let home: CliHome;
let signingKey: string;

beforeAll(async () => {
  home = await openCliHome();
  const { store } = home;
  const report = (await putBlob(store, REPORT)).ref;
  const published = await publishRandomModel(store, { run: DONE.workflowId });
  signingKey = published.signingKey;
  const { name, version, digest } = published.version;
  const run = { schemaVersion: 1 as const, kind: 'run' as const, workflowType: 'trainPipeline' };
  const configuration = resolveRunConfiguration({ train: { trainSteps: 7 } });
  await store.put(
    keys.run(DONE),
    encodeRunRecord({ ...DONE, ...run, startedAt: '2026-11-22T10:00:00Z', configuration }),
  );
  await store.put(
    keys.runStep(DONE, 'evaluate'),
    encodeRunStepRecord({
      ...DONE,
      schemaVersion: 1,
      kind: 'run-step',
      step: 'evaluate',
      stepKey: 'e'.repeat(64),
      state: 'computed',
      output: report,
      summary: { accuracy: 0.99, report },
      warnings: ['few samples'],
      seconds: 3.2,
      attempt: 1,
      finishedAt: '2026-11-22T10:01:00Z',
    }),
  );
  await store.put(
    keys.outcome(DONE),
    encodeOutcome({
      ...DONE,
      schemaVersion: 1,
      kind: 'outcome',
      state: 'completed',
      finishedAt: '2026-11-22T10:01:30Z',
      steps: [],
      model: { name, version, digest },
      metrics: { test: { accuracy: 0.9912 } },
    }),
  );
  await store.put(
    keys.run(OPEN),
    encodeRunRecord({ ...OPEN, ...run, startedAt: '2026-11-22T11:00:00Z', configuration: resolveRunConfiguration({}) }),
  );
});
afterAll(() => home.remove());

describe('runs, while Temporal is down', () => {
  test('are listed newest first, those without an outcome as unknown, and the absence is said', async () => {
    const { exitCode, document, stderr } = await home.run(['runs', '--json']);
    expect(exitCode).toBe(0);
    expect(document()).toEqual({
      temporal: 'unreachable',
      runs: [
        expect.objectContaining({ name: 'digits/one@22222222', state: 'unknown', model: null, accuracy: null }),
        expect.objectContaining({ name: 'digits/one@11111111', state: 'completed', accuracy: 0.9912 }),
      ],
    });
    expect(stderr).toMatch(/Temporal does not answer/);
  });

  test('are named by id for the newest, by id@last8 for one of several, or latest', async () => {
    const shown = async (text: string) => (await home.run(['show', text, '--json'])).document()['firstExecutionRunId'];
    expect(await shown('digits/one')).toBe(OPEN.firstExecutionRunId);
    expect(await shown('latest')).toBe(OPEN.firstExecutionRunId);
    expect(await shown('digits/one@1111')).toBe(DONE.firstExecutionRunId);
    expect(await shown(`digits/one@${OPEN.firstExecutionRunId}`)).toBe(OPEN.firstExecutionRunId);
    expect(await shown('digits/one@01a21804-30')).toBe(DONE.firstExecutionRunId);
  });

  test('that began within a minute have the beginning of their ids in common: it names neither', async () => {
    const { exitCode, stderr } = await home.run(['show', 'digits/one@01a21804']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('expected one run, got digits/one@22222222, digits/one@11111111');
  });

  test.each(['nobody', 'digits/one@33333333'])('%s is no run', async (text) => {
    const { exitCode, stderr } = await home.run(['show', text]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/no run is named .*npx digitflow runs/);
  });

  test('show tells steps, what differs from the defaults, model and report', async () => {
    const { stdout } = await home.run(['show', 'digits/one@11111111']);
    expect(stdout).toMatch(/evaluate {4}computed {4}3\.2s {2}accuracy 99\.00 % {2}e{12}/);
    expect(stdout).toMatch(/few samples/);
    expect(stdout).toMatch(/train\.trainSteps = 7 {2}\(default 3400\)/);
    expect(stdout).toMatch(/digits version 1/);
    expect(stdout).toMatch(/99\.12 %/);
  });

  test('report brings the verified file and prints where it is', async () => {
    const { exitCode, stdout } = await home.run(['report', 'digits/one@11111111']);
    expect(exitCode).toBe(0);
    expect(readFileSync(fileURLToPath(stdout.trim()))).toEqual(REPORT);
    const to = await home.run(['report', 'digits/one@11111111', '--to', 'here.html', '--json']);
    expect(readFileSync(join(home.folder, 'here.html'))).toEqual(REPORT);
    expect(to.document()).toMatchObject({ report: { file: expect.stringMatching(/^file:.*here\.html$/) } });
  });

  test('a run that was not evaluated has no report, and that is said', async () => {
    const { exitCode, stderr } = await home.run(['report', 'digits/one']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/evaluate step is not finished/);
  });

  test('cancel needs Temporal and says so', async () => {
    const { exitCode, stderr } = await home.run(['cancel', 'digits/one']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Temporal does not answer/);
  });

  test('logs are this run’s lines of all files in order of time', async () => {
    const logs = join(home.folder, 'logs');
    mkdirSync(logs, { recursive: true });
    const line = (time: number, fields: object) => `${JSON.stringify({ level: 30, time, pid: 1, ...fields })}\n`;
    const first = { run: DONE.workflowId, firstExecutionRunId: DONE.firstExecutionRunId };
    writeFileSync(
      join(logs, 'pipeline.log'),
      line(3, { ...first, msg: 'third', step: 'train' }) +
        line(2, { run: 'other', msg: 'not mine' }) +
        line(4, { run: OPEN.workflowId, firstExecutionRunId: OPEN.firstExecutionRunId, msg: 'of the newer run' }) +
        '{"cut short',
    );
    writeFileSync(join(logs, 'pipeline.log.1'), line(1, { ...first, msg: 'first', level: 40 }));
    writeFileSync(join(logs, 'inference.log'), `plain text about digits/one\n${line(2, { ...first, msg: 'second' })}`);
    const { stdout } = await home.run(['logs', 'digits/one@11111111']);
    expect(stdout.trim().split('\n')).toEqual([
      '00:00:00.001 warn  pipeline  first',
      '00:00:00.002 info  inference  second',
      '00:00:00.003 info  pipeline  third  step=train',
    ]);
    const { document } = await home.run(['logs', 'digits/one@11111111', '--json']);
    const time = '1970-01-01T00:00:00.003Z';
    expect((document()['lines'] as object[]).slice(2)).toEqual([
      { time, level: 'info', part: 'pipeline', message: 'third', fields: { step: 'train' } },
    ]);
  });
});

describe('models', () => {
  test('are listed with their aliases', async () => {
    const { document } = await home.run(['models', '--json']);
    expect(document()).toEqual({
      models: [expect.objectContaining({ name: 'digits', version: 1, aliases: ['champion'], accuracy: 0.1 })],
    });
  });

  test('are shown by number or alias', async () => {
    for (const text of ['1', 'champion'])
      expect((await home.run(['models', 'show', text, '--json'])).document()).toMatchObject({
        version: 1,
        aliases: ['champion'],
        moves: [{ alias: 'champion', from: null, to: 1 }],
      });
    expect((await home.run(['models', 'show', 'champion'])).stdout).toMatch(/\bmodel\.onnx\b/);
  });

  test.each([
    [['show', '7'], 1, /digits has no version 7/],
    [['show', 'previous'], 1, /digits has no previous/],
    [['show', 'best'], 2, /expected a version number, champion/],
    [['show', 'champion', '--model', 'letters'], 1, /no model is named letters \(there is digits\)/],
  ])('%j ends with exit code %i', async (words, code, message) => {
    const { exitCode, stderr } = await home.run(['models', ...words]);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(code);
  });
});

describe('predict', () => {
  const picture = (shade: number) =>
    encodePng({
      pixels: Uint8Array.from({ length: 400 }, (_, at) => (at % 20 > 8 && at % 20 < 12 ? shade : 250)),
      width: 20,
      height: 20,
    });

  beforeAll(() => {
    mkdirSync(join(home.folder, 'pictures', 'b'), { recursive: true });
    writeFileSync(join(home.folder, 'pictures', 'b', '2.png'), picture(10));
    writeFileSync(join(home.folder, 'pictures', 'a.png'), picture(60));
    writeFileSync(join(home.folder, 'pictures', 'notes.txt'), 'no picture');
    writeFileSync(join(home.folder, 'broken.png'), picture(0).subarray(0, 40));
    mkdirSync(join(home.folder, 'empty'));
  });

  test('reads a folder sorted by path', async () => {
    const { exitCode, document } = await home.run(['predict', 'pictures', '--json']);
    expect(exitCode).toBe(0);
    expect(document()).toEqual({
      model: { name: 'digits', version: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      predictions: ['pictures/a.png', 'pictures/b/2.png'].map((file) => ({
        file,
        label: expect.stringMatching(/^\d$/),
        probability: expect.any(Number),
        decision: expect.stringMatching(/^(digit|uncertain|none)$/),
      })),
    });
  });

  test('lists what it can’t read with the reason, reads the others, and ends with exit code 1', async () => {
    const { exitCode, document } = await home.run(['predict', 'broken.png', 'missing.png', 'pictures/a.png', '--json']);
    expect(exitCode).toBe(1);
    expect(document()['predictions']).toEqual([
      { file: 'broken.png', error: expect.stringMatching(/expected a picture/) },
      { file: 'missing.png', error: 'no such file' },
      expect.objectContaining({ file: 'pictures/a.png', label: expect.any(String) }),
    ]);
  });

  test('a folder without pictures is said to be one', async () => {
    const { exitCode, stderr } = await home.run(['predict', 'empty']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/expected pictures .* in the folder, got none/);
  });

  test('trusts only the keys it was told of', async () => {
    const own = { DIGITFLOW_TRUSTED_KEYS: publicKeyOf(signingKey) };
    expect((await home.run(['predict', 'pictures/a.png'], own)).exitCode).toBe(0);
    const { exitCode, stderr } = await home.run(['predict', 'pictures/a.png'], {
      DIGITFLOW_TRUSTED_KEYS: 'c29tZWJvZHk=',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/signature does not hold/);
  });
});
