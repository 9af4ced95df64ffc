import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../artifacts/clock.ts';
import { collectGarbage } from '../../artifacts/garbage.ts';
import { referencesIn } from '../../artifacts/garbage/references.ts';
import { keys } from '../../artifacts/keys.ts';
import { readSchedule } from '../../artifacts/schedules.ts';
import { connectTemporal, type TemporalSession } from '../../cli/temporal.ts';
import type { TemporalConnection } from '../../config/connection.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import { keepSchedules } from '../../workers/keep-schedules.ts';
import { segmentDigit } from '../support/segment-digits.ts';
import { sharedTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { type CliHome, type CliResult, openCliHome } from './cli-process.ts';

let home: CliHome;
let connection: TemporalConnection;
let temporal: TemporalSession;
const made: string[] = [];
const started: string[] = [];

beforeAll(async () => {
  home = await openCliHome();
  connection = { ...(await sharedTemporal()), uiUrl: undefined };
  temporal = await connectTemporal(connection);
});
afterAll(async () => {
  for (const id of made)
    await temporal.client.schedule
      .getHandle(id)
      .delete()
      .catch(() => undefined);
  for (const id of started)
    await temporal.client.workflow
      .getHandle(id)
      .terminate()
      .catch(() => undefined);
  await temporal.close();
  home.remove();
});

/** Others use the same server. */
function freshName(word: string): string {
  const name = `${word}-${randomBytes(4).toString('hex')}`;
  made.push(name);
  return name;
}

const cli = (...words: string[]): Promise<CliResult> =>
  home.run(['schedule', ...words], {
    TEMPORAL_ADDRESS: connection.address,
    TEMPORAL_NAMESPACE: connection.namespace,
  });

async function document(...words: string[]): Promise<Record<string, unknown>> {
  const { exitCode, document, stderr } = await cli(...words, '--json');
  expect(exitCode, stderr).toBe(0);
  return document();
}

const raise = (error: Error): never => {
  throw error;
};

const inTemporal = (id: string) => temporal.client.schedule.getHandle(id).describe();

describe('a schedule', () => {
  test('is kept in the store, made in Temporal, and starts the pipeline with what train would', async () => {
    const id = freshName('nightly');
    const created = await document(
      'create',
      id,
      '--cron=0 3 * * *',
      '--timezone=Europe/Berlin',
      '--note=learns',
      '--preset=quick',
      '--set=train.seed=9',
    );
    expect(created).toMatchObject({
      id,
      state: 'active',
      cron: ['0 3 * * *'],
      timezone: 'Europe/Berlin',
      paused: false,
    });
    expect((created['next'] as string[]).length).toBeGreaterThan(1);
    const { action, policies, state } = await inTemporal(id);
    expect(action).toMatchObject({
      type: 'startWorkflow',
      workflowType: 'trainPipeline',
      taskQueue: 'pipeline',
      args: [{ preset: 'quick', train: { seed: 9 } }],
    });
    expect([policies.overlap, state.note]).toEqual(['ALLOW_ALL', 'learns']);
    const shown = await document('show', id);
    expect(shown).toMatchObject({ id, counts: { started: 0, missed: 0 }, changed: false });
    expect(shown['differences']).toContainEqual(expect.objectContaining({ key: 'train.seed', value: 9 }));
    const { stdout } = await cli();
    expect(stdout).toMatch(new RegExp(`^${id} +active +0 3 \\* \\* \\* \\(Europe/Berlin\\)`, 'm'));
  });

  test('is made again from its record, paused as it was, where Temporal has lost it, and never written over', async () => {
    const id = freshName('lost');
    await document('create', id, '--every', '6h');
    expect(await document('pause', id, '--note', 'no paper')).toMatchObject({
      state: 'paused',
      paused: true,
      next: [],
    });
    const note = 'made by another hand';
    await keepSchedules(home.store, connection);
    await inTemporal(id); // it stands, and stayed
    await temporal.client.schedule.getHandle(id).update((before) => ({ ...before, state: { ...before.state, note } }));
    await keepSchedules(home.store, connection);
    expect((await inTemporal(id)).state.note).toBe(note);
    expect(await document('show', id)).toMatchObject({ changed: true });

    await temporal.client.schedule.getHandle(id).delete();
    expect(await document('show', id)).toMatchObject({ state: 'lost', paused: true });
    await keepSchedules(home.store, connection);
    expect((await inTemporal(id)).state).toMatchObject({ paused: true });
    expect(await document('resume', id)).toMatchObject({ state: 'active', paused: false });

    await temporal.client.schedule.getHandle(id).delete();
    expect((await cli('run', id)).stderr).toMatch(/Temporal has lost .* resume .* makes it again/);
    expect(await document('resume', id)).toMatchObject({ state: 'active' });
  });

  test('starts a run each time it is told to, also twice within a second, and says which', async () => {
    const id = freshName('now');
    await document('create', id, '--every', '12h', '--paused');
    const { run } = (await document('run', id)) as { run: string };
    const { run: next } = (await document('run', id)) as { run: string };
    started.push(run, next);
    expect(run.startsWith(`${id}-20`)).toBe(true);
    expect(next).not.toBe(run);
    expect((await temporal.client.workflow.getHandle(run).describe()).type).toBe('trainPipeline');
    const both = [{ run: next }, { run }];
    expect(await document('show', id)).toMatchObject({ state: 'paused', counts: { started: 2 }, started: both });
  });

  test('names what was packed for it, so that no collection takes it, and is deleted here and there', async () => {
    const id = freshName('packed');
    const folder = join(home.folder, 'images');
    for (const digit of [0, 1]) {
      mkdirSync(join(folder, String(digit)), { recursive: true });
      writeFileSync(join(folder, String(digit), 'a.png'), encodePng(segmentDigit(digit, 1)));
    }
    await document('create', id, '--every', '12h', '--dataset', folder);
    const { input } = (await readSchedule(home.store, id))!;
    expect(input).toMatchObject({ ingest: { source: { kind: 'archive', name: 'images.tar' } } });
    const { garbage } = await collectGarbage({ store: home.store, clock: systemClock, dryRun: true, graceMs: 0 });
    const gone = garbage.map(({ key }) => key);
    expect(gone).not.toContain(keys.schedule(id));
    for (const key of referencesIn(Buffer.from(JSON.stringify(input))).blobs) expect(gone).not.toContain(key);
    const refused = await cli('delete', id);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringMatching(/Delete the schedule .*--yes/)]);
    expect(await document('delete', id, '--yes')).toEqual({ deleted: id });
    expect(await readSchedule(home.store, id)).toBeUndefined();
    await expect(inTemporal(id)).rejects.toMatchObject({ name: 'ScheduleNotFoundError' });
    await keepSchedules(home.store, connection);
    await expect(inTemporal(id)).rejects.toMatchObject({ name: 'ScheduleNotFoundError' });
    expect((await cli('delete', id, '--yes')).stderr).toMatch(/no schedule is named/);
  });

  test('whose record is damaged hides no other, is named, and can be deleted', async () => {
    const [id, other] = [freshName('damaged'), freshName('whole')];
    for (const each of [id, other]) await document('create', each, '--every', '12h');
    const { bytes } = (await home.store.get(keys.schedule(id)))!;
    await home.store.put(keys.schedule(id), Buffer.from(Buffer.from(bytes).toString().replace('43200', '43201')));
    await temporal.client.schedule.getHandle(other).delete();
    await keepSchedules(home.store, connection);
    await inTemporal(other);
    const { damaged } = (await document('list')) as { damaged: string[] };
    expect(damaged).toEqual([keys.schedule(id)]);
    expect((await cli('show', id)).stderr).toMatch(/expected the record of a schedule as it was sealed/);
    expect(await document('delete', id, '--yes')).toEqual({ deleted: id });
  });

  test('of Temporal alone is listed as such, keeps its name from others, and can be deleted', async () => {
    const id = freshName('foreign');
    await temporal.client.schedule.create({
      scheduleId: id,
      spec: { intervals: [{ every: '1 day' }] },
      action: { type: 'startWorkflow', workflowType: 'trainPipeline', taskQueue: 'pipeline', args: [{}] },
    });
    // A listing of Temporal's may be a moment behind.
    const state = async (): Promise<unknown> => {
      const { schedules } = (await document()) as { schedules: { id: string; state: string }[] };
      return schedules.find((each) => each.id === id)?.state;
    };
    await until(async () => (await state()) === 'unrecorded');
    expect((await cli('create', id, '--every', '1d')).stderr).toMatch(/that the store does not know/);
    expect(await document('delete', id, '--yes')).toEqual({ deleted: id });
  });

  test.each([
    [['create', 'x'], 2, /expected --cron or --every/],
    [['create', 'X Y', '--every', '1h'], 2, /expected a name of 1–60/],
    [['create', 'x', '--every', '30s'], 2, /at least 1m/],
    [['create', 'x', '--cron', 'daily'], 2, /five fields, e\.g\. .*got "daily"/],
    [['create', 'x', '--cron', '0 3 * * *', '--timezone', 'Mars'], 2, /IANA name/],
    [['create', 'x', '--every', '1h', '--set', 'train.trainStep=1'], 2, /did you mean trainSteps/],
    [['create', 'bad-cron', '--cron', '99 3 * * *'], 2, /that Temporal understands, got 99 3 \* \* \* \(UTC\): /],
    [['show', 'nobody'], 1, /no schedule is named nobody/],
    [['pause', 'nobody'], 1, /no schedule is named nobody/],
    [['run', 'nobody'], 1, /no schedule is named nobody/],
    [['stop'], 2, /expected create, list/],
  ])('%j ends with exit code %i and says why', async (words, code, why) => {
    const { exitCode, stderr } = await cli(...words);
    expect([exitCode, stderr]).toEqual([code, expect.stringMatching(why)]);
    expect(await readSchedule(home.store, 'bad-cron')).toBeUndefined();
  });

  test('is shown from its record while Temporal is away, and nothing is made then', async () => {
    const id = freshName('away');
    await document('create', id, '--every', '12h');
    const { document: shown, stderr } = await home.run(['schedule', 'show', id, '--json']);
    expect(shown()).toMatchObject({ id, state: 'unknown', everySeconds: 43_200 });
    expect(stderr).toMatch(/Temporal does not answer/);
    const { exitCode } = await home.run(['schedule', 'create', freshName('not'), '--every', '12h']);
    expect(exitCode).toBe(1);
    const broken = { ...home.store, list: () => raise(new Error('the store is away')) };
    await keepSchedules(broken, connection); // a worker starts all the same
  });
});
