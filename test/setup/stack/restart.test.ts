// Workers that run older code than the checkout has: told, and restarted without being called crashed.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureFolder } from '../../../setup/stack/files.ts';
import { isAlive } from '../../../setup/stack/process-identity.ts';
import { restartOlderWorkers, stackStatus, type WorkerSpec } from '../../../setup/stack.ts';
import { writeCodeNote } from '../../../setup/code-note.ts';
import { runWords } from '../../cli/cli-process.ts';
import { until } from '../../support/until.ts';
import { copyCheckout, type CheckoutCopy } from '../../support/checkout-copy.ts';
import { goodWorker, partOf, plainEnvironment, type StackFixture, stackFixture } from './support/fixture.ts';

let fixture: StackFixture;
beforeEach(() => {
  fixture = stackFixture();
});
afterEach(() => fixture.end());

const pidOf = (name: string): number => partOf(fixture.home, name)!.process!.pid;
const olderParts = async (): Promise<string[]> =>
  (await stackStatus({ home: fixture.home })).parts.filter((part) => part.runsOlderCode).map(({ name }) => name);

describe('a worker whose source was changed', () => {
  let source: string;
  let note: string;
  beforeEach(() => {
    const root = ensureFolder(join(fixture.home, 'checkout'));
    source = join(root, 'module.ts');
    writeFileSync(source, 'one');
    const sha256 = createHash('sha256').update('one').digest('hex');
    note = writeCodeNote(join(root, 'notes'), { root, sources: { 'module.ts': sha256 } });
  });

  test('alone is ended and started again; no crash is counted, and a later crash is one', async () => {
    const { home, events } = fixture;
    await fixture.start({ workers: [goodWorker('pipeline', { CODE_NOTE: note }), goodWorker('other')] });
    expect(await restartOlderWorkers({ home })).toEqual([]);
    writeFileSync(source, 'two');
    expect(await olderParts()).toEqual(['pipeline']);
    const before = { pipeline: pidOf('pipeline'), other: pidOf('other') };
    expect(await restartOlderWorkers({ home })).toMatchObject([{ part: 'pipeline', changed: ['module.ts'] }]);
    expect(pidOf('pipeline')).not.toBe(before.pipeline);
    expect(pidOf('other')).toBe(before.other);
    expect(partOf(home, 'pipeline')).toMatchObject({ state: 'ready', restarts: 0 });
    expect(events).toContainEqual({ kind: 'restarting', part: 'pipeline' });
    expect(events.filter(({ kind }) => kind === 'crashed')).toEqual([]);

    const { process: second } = partOf(home, 'pipeline')!;
    process.kill(second!.pid, 'SIGKILL');
    await expect.poll(() => partOf(home, 'pipeline')).toMatchObject({ state: 'ready', restarts: 1 });
  });

  test('is killed when it does not end by itself, and that is no crash either', async () => {
    const { home, events } = fixture;
    await fixture.start({ workers: [goodWorker('pipeline', { CODE_NOTE: note, STUBBORN: '1' })] });
    writeFileSync(source, 'two');
    const { process: stubborn } = partOf(home, 'pipeline')!;
    await restartOlderWorkers({ home });
    expect(isAlive(stubborn!)).toBe(false);
    expect(partOf(home, 'pipeline')).toMatchObject({ state: 'ready', restarts: 0 });
    expect(events.filter(({ kind }) => kind === 'crashed')).toEqual([]);
  });
});

describe('the pipeline worker', { timeout: 600_000 }, () => {
  let copy: CheckoutCopy;
  beforeEach(() => {
    copy = copyCheckout();
  });
  afterEach(() => copy.remove());

  test('tells when a module of its checkout was changed, and runs the new one once a parked run is retried', async () => {
    const { home, events } = fixture;
    mkdirSync(join(home, 'cache'), { recursive: true });
    const worker: WorkerSpec = {
      name: 'pipeline-worker',
      command: process.execPath,
      args: ['workers/pipeline.mjs'],
      cwd: copy.root,
      env: { DIGITFLOW_CACHE: join(home, 'cache') },
    };
    await fixture.start({ workers: [worker], store: 'file' });
    const codeOf = (): Record<string, string> =>
      partOf(home, 'pipeline-worker')!.details!['code'] as Record<string, string>;
    expect(await olderParts()).toEqual([]);
    const before = codeOf();
    const cli = (...words: string[]) =>
      runWords([...words, '--json'], home, { ...plainEnvironment(), DIGITFLOW_HOME: home });
    const outside = { ingest: { source: { kind: 'folder', path: '/no-such-folder' } } };
    writeFileSync(join(home, 'outside.json'), JSON.stringify(outside));
    await cli('train', '--config', join(home, 'outside.json'), '--id', 'parked');
    appendFileSync(
      join(copy.root, 'ml', 'dataset', 'groups.ts'),
      '\n(globalThis as { touched?: boolean }).touched = true;\n',
    );
    const { parts } = await stackStatus({ home });
    expect(parts.find(({ name }) => name === 'pipeline-worker')).toMatchObject({
      runsOlderCode: true,
      changedSources: ['ml/dataset/groups.ts'],
    });
    const { parts: told, state } = (await cli('status')).document() as { parts: object[]; state: string };
    expect(state).toBe('running');
    expect(told).toContainEqual(expect.objectContaining({ name: 'pipeline-worker', runsOlderCode: true }));
    const left = await cli('retry', 'parked', '--no-restart');
    expect(left.document()).toMatchObject({ decision: 'retry', restarted: [] });
    await until(async () => (await cli('show', 'parked')).document()['state'] === 'parked');
    expect(codeOf()).toEqual(before);

    const retried = await cli('retry', 'parked');
    const restarted = [{ part: 'pipeline-worker', changed: ['ml/dataset/groups.ts'] }];
    expect(retried.document()).toMatchObject({ decision: 'retry', step: 'ingest', restarted });
    expect(await olderParts()).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'crashed')).toEqual([]);
    const changed = Object.keys(before).filter((unit) => before[unit] !== codeOf()[unit]);
    expect(changed).toContain('preprocess');
    expect(changed).not.toContain('train');
  });
});
