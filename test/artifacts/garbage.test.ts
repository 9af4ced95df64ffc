import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { putBlob } from '../../artifacts/blobs.ts';
import { canonicalBytes } from '../../artifacts/canonical.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { StoreUnavailable } from '../../artifacts/errors.ts';
import { deleteCorrection, storeCorrection } from '../../artifacts/feedback.ts';
import { createFileBucket, createFileStore } from '../../artifacts/file-store.ts';
import { collectGarbage, GraceTooShort, type CollectionOptions } from '../../artifacts/garbage.ts';
import { keys } from '../../artifacts/keys.ts';
import { encodeLease, InvalidRecord } from '../../artifacts/manifests.ts';
import { createMemoryStore, type MemoryStore } from '../../artifacts/memory-store.ts';
import { forgetDataset, nameDataset } from '../../artifacts/named-datasets.ts';
import { promote, publishVersion, withdrawVersion } from '../../artifacts/registry.ts';
import { COLLECTOR_GONE_MS, holdStanding, REFRESH_AFTER_MS } from '../../artifacts/standing.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { correctionOf } from '../support/corrections.ts';
import { openTestStore } from '../support/minio.ts';
import { modelCandidate } from '../support/model-candidate.ts';
import { movableClock, type MovableClock } from '../support/movable-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let clock: MovableClock;
let store: MemoryStore;

beforeEach(() => {
  clock = movableClock();
  store = createMemoryStore({ clock });
});

const collect = (options: Partial<CollectionOptions> = {}) => collectGarbage({ store, clock, keepRuns: 0, ...options });
const blob = async (content: unknown): Promise<ArtifactRef> => (await putBlob(store, canonicalBytes(content))).ref;
const json = (key: string, value: unknown) => store.put(key, canonicalBytes(value));
const stands = async (key: string): Promise<boolean> => (await store.head(key)) !== undefined;

async function everyKey(of: Store = store): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of of.list('')) found.push(key);
  return found;
}

/** A run with one finished step. */
async function run(workflowId: string, { isEnded = true, text = workflowId } = {}) {
  const identity = { workflowId, firstExecutionRunId: 'first' };
  const part = await blob(`part of ${text}`);
  const output = await blob({ part, text });
  const stepKey = Buffer.from(text).toString('hex').padStart(64, '0').slice(-64);
  await json(keys.run(identity), { kind: 'run' });
  await json(keys.step('train', stepKey), {
    kind: 'step-record',
    step: 'train',
    stepKey,
    output,
    blobs: [output, part],
  });
  await json(keys.runStep(identity, 'train'), { kind: 'run-step', step: 'train', stepKey, output });
  if (isEnded) await json(keys.outcome(identity), { kind: 'outcome' });
  clock.advance(1_000);
  return { identity, part, output, stepKey, record: keys.step('train', stepKey) };
}

describe('what stays', () => {
  it('everything that a version in use names, as deep as it goes, whatever the members are called', async () => {
    const shard = await blob('pixels');
    const unheardOf = await blob({ note: 'a manifest of a later day', leaf: await blob('its leaf') });
    const dataset = await blob({ kind: 'dataset', shards: [shard], later: { name: unheardOf } });
    const pool = await blob({ kind: 'pool', parts: [{ ref: await blob('pool'), sampleCount: 1 }], splits: dataset });
    const training = await blob({ kind: 'training', pool, state: await blob('state') });
    const evaluation = await blob({ kind: 'evaluation', training, report: await blob('report') });
    await putBlob(store, canonicalBytes('content'));
    await putBlob(store, canonicalBytes('golden content'));
    const made = await run('maker');
    const candidate = modelCandidate('content', { workflowId: 'maker' });
    await publishVersion({ store, clock }, { ...candidate, code: { evaluation: evaluation.sha256 } });
    const before = await everyKey();
    const garbage = await blob('garbage');
    clock.advance(2 * DAY_MS);
    const { garbage: gone } = await collect();
    expect(gone.map(({ key }) => key)).toEqual([garbage.key]);
    expect(await everyKey()).toEqual(before);
    expect(await stands(made.record)).toBe(true);
  });

  it('a dataset as long as it has a name: what it was packed from, its step record, what ingest made', async () => {
    const packed = await blob('packed images');
    const shard = await blob('pixels');
    const output = await blob({ kind: 'dataset', shards: [shard], rejected: { ref: await blob('rejected') } });
    const stepKey = 'd'.repeat(64);
    await json(keys.step('ingest', stepKey), { step: 'ingest', stepKey, output, blobs: [output, shard] });
    await nameDataset(store, {
      schemaVersion: 1,
      kind: 'named-dataset',
      name: 'meters',
      addedAt: '2026-11-26T08:00:00Z',
      author: 'Ada',
      ingest: { source: { kind: 'archive', name: 'meters.tar', parts: [packed] } },
      step: 'ingest',
      stepKey,
      output,
      summary: {},
      run: { workflowId: 'dataset-meters', firstExecutionRunId: 'first' },
    });
    const before = await everyKey();
    clock.advance(2 * DAY_MS);
    expect((await collect()).garbage).toEqual([]);
    expect(await everyKey()).toEqual(before);
    await forgetDataset(store, 'meters');
    expect((await collect()).garbage).toHaveLength(before.length - 1);
    expect(await everyKey()).toEqual([]);
  });

  it('nothing of a withdrawn version but its record and its number', async () => {
    for (const text of ['content', 'golden content']) await putBlob(store, canonicalBytes(text));
    await publishVersion({ store, clock }, modelCandidate('content'));
    await promote({ store, clock }, { model: 'digits', alias: 'candidate', to: 1, reason: 'x', author: 'y' });
    await publishVersion({ store, clock }, modelCandidate('other'));
    await promote({ store, clock }, { model: 'digits', alias: 'candidate', to: 2, reason: 'x', author: 'y' });
    clock.advance(2 * DAY_MS);
    expect((await collect()).garbage).toEqual([]);
    await withdrawVersion({ store, clock }, { model: 'digits', version: 1 });
    expect((await collect()).garbage.map(({ kind }) => kind)).toEqual(['blobs', 'blobs']);
    expect(await everyKey()).toEqual([
      'models/digits/aliases.json',
      ...[1, 2].map((n) => `models/digits/versions/${n}.json`),
    ]);
  });

  it('runs that are open, parked or among the last, with all that their steps made; older ones go whole', async () => {
    const old = await run('old');
    const parked = await run('parked', { isEnded: false });
    const terminated = await run('terminated', { isEnded: false });
    const last = await run('last');
    clock.advance(2 * DAY_MS);
    const askRun = async ({ workflowId }: { workflowId: string }) =>
      workflowId === 'parked' ? ('open' as const) : ('closed' as const);
    const { garbage } = await collect({ keepRuns: 1, askRun });
    for (const { record, part, output, identity } of [parked, last])
      for (const key of [record, part.key, output.key, keys.run(identity)]) expect(await stands(key), key).toBe(true);
    for (const { record, part, output, identity } of [old, terminated])
      for (const key of [record, part.key, output.key, keys.run(identity)]) expect(await stands(key), key).toBe(false);
    const order = garbage.map(({ key }) => key);
    const indexOf = (key: string): number => order.indexOf(key);
    expect(indexOf(keys.outcome(old.identity))).toBeGreaterThan(indexOf(keys.run(old.identity)));
    expect(indexOf(old.record)).toBeGreaterThan(indexOf(keys.outcome(old.identity)));
    expect(indexOf(old.part.key)).toBeGreaterThan(indexOf(old.record));
  });

  it('runs without an outcome, where Temporal cannot be asked', async () => {
    const { record } = await run('unknown', { isEnded: false });
    clock.advance(30 * DAY_MS);
    expect((await collect()).garbage).toEqual([]);
    expect(await stands(record)).toBe(true);
  });

  it('one that was reset and is open again although it has an outcome', async () => {
    const { record } = await run('reset');
    clock.advance(2 * DAY_MS);
    await collect({ askRun: async () => 'open' });
    expect(await stands(record)).toBe(true);
  });

  it('what a run of one step takes from another run', async () => {
    const of = await run('taken from');
    const record = { schemaVersion: 1, kind: 'run', workflowId: 'one step', firstExecutionRunId: 'first' };
    const details = { workflowType: 'trainPipeline', startedAt: '2027-01-15T08:00:00.000Z', configuration: {} };
    const rerun = { only: 'train', of: of.identity };
    await json(keys.run({ workflowId: 'one step', firstExecutionRunId: 'first' }), { ...record, ...details, rerun });
    clock.advance(2 * DAY_MS);
    expect((await collect()).garbage).toEqual([]);
    expect(await stands(of.part.key)).toBe(true);
  });

  it('packed images that the input of a run names before the run has a record', async () => {
    const packed = await blob('packed');
    clock.advance(2 * DAY_MS);
    await collect({ documents: [canonicalBytes({ ingest: { source: { parts: [packed] } } })] });
    expect(await stands(packed.key)).toBe(true);
  });

  it('checkpoints of an open run, and of no other', async () => {
    const lease = { schemaVersion: 1, kind: 'lease', attempt: 1, nonce: 'n', revision: 1, released: true } as const;
    for (const [index, workflowId] of ['open', 'ended', 'finished'].entries()) {
      const stepKey = String(index).repeat(64);
      await store.put(keys.lease('train', stepKey), encodeLease({ ...lease, workflowId }));
      await store.put(keys.checkpoint(stepKey, '000000100'), Buffer.from('state'));
    }
    await json(keys.step('train', '2'.repeat(64)), { step: 'train' }); // finished: its checkpoint is not needed any more
    await run('open', { isEnded: false });
    await json(keys.run({ workflowId: 'finished', firstExecutionRunId: 'first' }), {});
    clock.advance(2 * DAY_MS);
    await collect();
    const checkpoints = (await everyKey()).filter((key) => key.startsWith(keys.everyCheckpoint));
    expect(checkpoints).toEqual([keys.checkpoint('0'.repeat(64), '000000100')]);
    expect(await stands(keys.lease('train', '1'.repeat(64)))).toBe(false);
  });

  it('moves that were archived, summaries of sessions, corrections and their tombstones; each for its time', async () => {
    const archive = await blob({ kind: 'moves-archive', moves: [], archive: await blob({ kind: 'moves-archive' }) });
    await json(keys.aliases('digits'), { kind: 'aliases', archive });
    await json(keys.session('s'), {});
    const [kept, deleted] = [correctionOf(1, clock.now()), correctionOf(2, clock.now())];
    for (const each of [kept, deleted]) await storeCorrection(store, each);
    await deleteCorrection({ store, clock }, deleted.id);
    await store.put(keys.probe('p'), Buffer.from('x'));
    clock.advance(89 * DAY_MS);
    await collect();
    expect(await everyKey()).toEqual(
      expect.arrayContaining([archive.key, keys.session('s'), keys.correction(kept.id)]),
    );
    expect(await stands(keys.probe('p'))).toBe(false);
    clock.advance(2 * DAY_MS);
    await collect();
    const left = (await everyKey()).filter((key) => !key.startsWith(keys.blobs));
    expect(left).toEqual([keys.deletedCorrection(deleted.id), keys.aliases('digits')]);
  });

  it('whatever stands under a prefix that nobody here knows', async () => {
    await store.put('others/notes.txt', Buffer.from('x'));
    clock.advance(365 * DAY_MS);
    expect((await collect()).garbage).toEqual([]);
  });

  it('what is younger than the grace, by the clock of the store', async () => {
    await blob('young');
    clock.advance(DAY_MS - 1);
    expect((await collect()).garbage).toEqual([]);
    clock.advance(1);
    expect((await collect()).garbage).toHaveLength(1);
  });
});

it('lists in a dry run exactly what a run deletes, and deletes nothing', async () => {
  await run('old');
  await run('last');
  await blob('garbage');
  clock.advance(2 * DAY_MS);
  const before = await everyKey();
  const planned = await collect({ keepRuns: 1, dryRun: true });
  expect(await everyKey()).toEqual(before);
  const done = await collect({ keepRuns: 1 });
  expect(planned.garbage.length).toBeGreaterThan(4);
  expect(planned).toEqual(done);
  const gone = new Set(done.garbage.map(({ key }) => key));
  expect(await everyKey()).toEqual(before.filter((key) => !gone.has(key)));
});

it('deletes nothing while a damaged version keeps it from knowing what is needed', async () => {
  await store.put(keys.version('digits', 1), Buffer.from('{"files": ['));
  await blob('garbage');
  clock.advance(2 * DAY_MS);
  await expect(collect()).rejects.toThrow(InvalidRecord);
  expect((await everyKey()).filter((key) => key.startsWith(keys.collections))).toEqual([]);
  expect((await everyKey()).filter((key) => key.startsWith(keys.blobs))).toHaveLength(1);
});

describe('a grace of less than a day', () => {
  const held = { schemaVersion: 1, kind: 'lease', attempt: 1, nonce: 'n', revision: 1, released: false } as const;

  it.each([
    ['a run', async () => void (await run('open', { isEnded: false })), /run open/],
    [
      'a lease',
      async () =>
        void (await store.put(keys.lease('train', '0'.repeat(64)), encodeLease({ ...held, workflowId: 'w' }))),
      /leases\/train/,
    ],
    [
      'a collection',
      async () =>
        void (await json(keys.collection('other'), {
          schemaVersion: 1,
          kind: 'collection',
          id: 'other',
          graceMs: DAY_MS,
          startedAt: '2027-01-15T08:00:00.000Z',
          revision: 1,
          batch: [],
        })),
      /collection other/,
    ],
  ])('is refused beside %s, and nothing is deleted', async (_, open, message) => {
    const garbage = await blob('garbage');
    await open();
    clock.advance(1_000);
    const refused = collect({ graceMs: 0 });
    await expect(refused).rejects.toThrow(GraceTooShort);
    await expect(refused).rejects.toThrow(message);
    expect(await stands(garbage.key)).toBe(true);
  });

  it('takes what is young when nothing is open', async () => {
    await run('done');
    await blob('garbage');
    await collect({ graceMs: 0 });
    expect(await everyKey()).toEqual([]);
  });

  it('makes whoever counts on something wait until it is through', async () => {
    const { key } = await blob('mine');
    const open = { schemaVersion: 1, kind: 'collection', id: 'c', graceMs: 0, revision: 1, batch: [] };
    await json(keys.collection('c'), { ...open, startedAt: '2027-01-15T08:00:00.000Z' });
    const startedMs = clock.now();
    expect([...(await holdStanding({ store, clock }, [key])).keys()]).toEqual([key]);
    expect(clock.now() - startedMs).toBeGreaterThan(60_000); // its collector said nothing more
  });
});

describe('a collection that was killed', () => {
  /** Announces and then does nothing more, as a process that is gone. */
  const dead = async (batch: string[]): Promise<void> => {
    const open = { schemaVersion: 1, kind: 'collection', id: 'dead', graceMs: DAY_MS, revision: 2, batch };
    await json(keys.collection('dead'), { ...open, startedAt: '2027-01-15T08:00:00.000Z' });
  };

  it('is waited for by who needs what it was about to delete, and by nobody else', async () => {
    const [threatened, other] = [await blob('threatened'), await blob('other')];
    await dead([threatened.key]);
    clock.advance(5_000);
    const startedMs = clock.now();
    await holdStanding({ store, clock }, [other.key]);
    expect(clock.now()).toBe(startedMs);
    await holdStanding({ store, clock }, [threatened.key]);
    expect(clock.now() - startedMs).toBeGreaterThan(COLLECTOR_GONE_MS - 10_000);
  });

  it('holds no other collection up, and its record is garbage in the end', async () => {
    const { key } = await blob('garbage');
    await dead([key]);
    clock.advance(2 * DAY_MS);
    const { garbage } = await collect();
    expect(garbage.map(({ kind }) => kind)).toEqual(['collections', 'blobs']);
    expect(await everyKey()).toEqual([]);
  });
});

it('leaves its record when a deletion was not answered, so that others know of it', async () => {
  const { key } = await blob('garbage');
  clock.advance(2 * DAY_MS);
  const silent: Store = {
    ...store,
    delete: async (each, options) => {
      if (each === key) throw new StoreUnavailable({ bucket: 'b', key: each, operation: 'delete' }, 'silence');
      return store.delete(each, options);
    },
  };
  expect(await collect({ store: silent, id: 'mine' })).toMatchObject({ end: 'unanswered', garbage: [] });
  const record = await store.get(keys.collection('mine'));
  expect(JSON.parse(Buffer.from(record!.bytes).toString())).toMatchObject({ batch: [key] });
});

describe('whoever counts on old objects', () => {
  it('makes them young, and is told which are gone', async () => {
    const [old, gone] = [await blob('old'), await blob('gone')];
    clock.advance(REFRESH_AFTER_MS + 1);
    await store.delete(gone.key);
    const standing = await holdStanding({ store, clock }, [old.key, gone.key]);
    expect([...standing.keys()]).toEqual([old.key]);
    expect(standing.get(old.key)!.lastModified.getTime()).toBe(clock.now());
  });

  it('puts an old blob anew where he would write the same', async () => {
    const { key } = await blob('same');
    clock.advance(REFRESH_AFTER_MS + 1);
    await blob('same');
    expect((await store.head(key))!.lastModified.getTime()).toBe(clock.now());
  });
});

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

describe.each([
  ['MinIO', openTestStore],
  [
    'a folder',
    async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-gc-'));
      folders.push(folder);
      const root = path.join(folder, 'store');
      await createFileBucket(root);
      return createFileStore({ root });
    },
  ],
])('on %s', (name, open) => {
  it('deletes what is unreachable and nothing else', async () => {
    const real = await open();
    const registry = { store: real, clock: systemClock };
    for (const text of ['content', 'golden content']) await putBlob(real, canonicalBytes(text));
    await publishVersion(registry, modelCandidate('content'));
    await promote(registry, { model: 'digits', alias: 'champion', to: 1, reason: 'x', author: 'y' });
    const before = await everyKey(real);
    for (let index = 0; index < 300; index++) await putBlob(real, canonicalBytes(`garbage ${index}`));
    const sizes: number[] = [];
    const result = await collectGarbage({
      store: real,
      clock: systemClock,
      graceMs: 0,
      keepRuns: 0,
      onProgress: (progress) => progress.phase === 'deleting' && sizes.push(progress.sizeBytes),
    });
    expect(result).toMatchObject({ end: 'done', objects: before.length + 300 });
    expect(result.garbage).toHaveLength(300);
    expect(sizes.at(-1)).toBe(result.garbage.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    expect(await everyKey(real)).toEqual(before);
    if (name === 'a folder') expect((await collectGarbage({ ...registry, graceMs: 0 })).garbage).toEqual([]);
  });
});
