import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { correctionsFor, refuseDeleted } from '../../../activities/corrections.ts';
import { compute, identify, type IngestParameters } from '../../../activities/ingest.ts';
import { feedbackSource } from '../../../activities/sources/feedback.ts';
import { getBlob } from '../../../artifacts/blobs.ts';
import { systemClock } from '../../../artifacts/clock.ts';
import { deleteCorrection, storeCorrection } from '../../../artifacts/feedback.ts';
import { keys } from '../../../artifacts/keys.ts';
import { encodeCorrection, parseDatasetManifest, type CorrectionLabel } from '../../../artifacts/manifests.ts';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import { resolveRunConfiguration } from '../../../config/resolve.ts';
import { decodePng } from '../../../ml/codecs/png.ts';
import { decodeSamples } from '../../../ml/dataset/packed-samples.ts';
import { imageOf } from '../../../ml/dataset/samples.ts';
import { correctionOf, cropOf } from '../../support/corrections.ts';
import { readAll, testContext } from './context.ts';

const START_MS = Date.parse('2026-11-01T12:00:00Z');
const DAY_MS = 86_400_000;

/** A store with corrections, and ingest over it as the worker runs it. */
function world() {
  const store = createMemoryStore();
  let nowMs = START_MS + 60_000;
  const clock = { ...systemClock, now: () => nowMs };
  const put = async (number: number, changes: Parameters<typeof correctionOf>[2] = {}) => {
    const made = correctionOf(number, START_MS + number * 1_000, changes);
    await storeCorrection(store, made);
    return made;
  };
  const settings = (set: object = {}) =>
    resolveRunConfiguration({ ingest: { source: { kind: 'feedback', ...set } } }).ingest;
  const pin = async (set: object = {}) => (await correctionsFor(settings(set).source, { store, clock }))!;
  const environment = async (set: object = {}) => ({
    cacheFolder: '/nowhere',
    dataRoots: [],
    corrections: await pin(set),
  });
  const identity = async (set: object = {}) => identify(settings(set), await environment(set));
  const context = () => {
    const own = testContext();
    // Records come from the store, what ingest writes stays in the context.
    return { ...own, read: (ref: Parameters<typeof own.read>[0]) => getBlob(store, ref).catch(() => own.read(ref)) };
  };
  async function ingest(changes: Partial<IngestParameters> = {}, set: object = {}) {
    const own = context();
    const { output } = await compute(own, { ...settings(set), ...changes }, {}, await environment(set));
    return { manifest: parseDatasetManifest(await own.read(output)), context: own };
  }
  return { store, clock, put, pin, identity, ingest, pass: (ms: number) => void (nowMs += ms) };
}

describe('corrections as a dataset', () => {
  it('are samples with the true label, in a group a session', async () => {
    const { put, ingest } = world();
    for (let number = 0; number < 11; number++) await put(number);
    await put(11, { label: 'none' });
    const { manifest, context } = await ingest();
    expect(manifest).toMatchObject({
      name: 'feedback',
      classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'],
      sampleCount: 12,
      sources: [{ name: 'feedback', kind: 'feedback', licences: [] }],
      counts: { feedback: { '0': 2, none: 1 } },
      groups: ['session session-0', 'session session-1', 'session session-2'],
      splitHints: false,
      rejected: { count: 0 },
      warnings: [],
    });
    const samples = decodeSamples(await context.read(manifest.shards[0]!));
    expect(imageOf(samples, 3)).toEqual(decodePng(cropOf(3).png));
    expect([samples.labels[11], samples.groups[11]]).toEqual([10, 2]);
  });

  it('are the same dataset as long as they are the same corrections', async () => {
    const { put, ingest, identity, pass } = world();
    for (let number = 0; number < 4; number++) await put(number);
    const [first, named] = [await ingest(), await identity()];
    pass(10 * DAY_MS);
    expect((await ingest()).manifest).toEqual(first.manifest);
    expect(await identity()).toEqual(named);
  });

  it('are another dataset when one is added, deleted, corrected otherwise, or of another session', async () => {
    const seen = new Set<string>();
    const change = async (apply: (at: ReturnType<typeof world>) => Promise<unknown>) => {
      const at = world();
      for (let number = 0; number < 4; number++) await at.put(number);
      await apply(at);
      seen.add(JSON.stringify(await at.identity()));
    };
    await change(async () => undefined);
    await change(({ put }) => put(4));
    await change(async (at) => deleteCorrection(at, (await at.pin())[1]!.id));
    await change(({ put }) => put(5, { label: '8' }));
    await change(({ put }) => put(5, { session: 'elsewhere' }));
    await change(({ put }) => put(5, { crop: cropOf(99) }));
    expect(seen.size).toBe(6);
  });

  it('leave out what was deleted for ever, even when a late write brings the record back', async () => {
    const at = world();
    const [first, gone] = [await at.put(0), await at.put(1)];
    await at.put(2);
    await deleteCorrection(at, gone.id);
    await at.store.put(keys.correction(gone.id), encodeCorrection(gone));
    expect((await at.pin()).map(({ id }) => id)).not.toContain(gone.id);
    const { manifest, context } = await at.ingest();
    const { names } = decodeSamples(await context.read(manifest.shards[0]!));
    const ids = Array.from({ length: names.count }, (_, i) => names.at(i));
    expect(ids).toEqual([first.id, expect.any(String)]);
    expect(ids).not.toContain(gone.id);
  });

  it('leave out what has expired', async () => {
    const { store, put, ingest, pass } = world();
    for (const number of [0, 1, 2]) await put(number);
    for (const number of [3, 4]) await storeCorrection(store, correctionOf(number, START_MS + DAY_MS));
    expect((await ingest()).manifest.sampleCount).toBe(5);
    pass(90 * DAY_MS);
    expect((await ingest()).manifest.sampleCount).toBe(2);
    pass(DAY_MS);
    await expect(ingest()).rejects.toMatchObject({ code: 'EmptyDataset' });
  });

  it('can be narrowed to a time and to a model', async () => {
    const { put, pin, ingest } = world();
    const made = [];
    for (let number = 0; number < 4; number++) made.push(await put(number));
    await put(9, { model: { ...made[0]!.model, name: 'letters' } });
    expect((await pin({ since: made[2]!.at })).map(({ label }) => label)).toEqual(['2', '3', '9']);
    expect((await pin({ since: '2026-11-02' })).length).toBe(0);
    expect((await pin({ since: '2026-11-01', model: 'digits' })).length).toBe(4);
    await expect(ingest({}, { model: 'other' })).rejects.toThrow(/corrections of model other, got none/);
  });

  it('of equal crops with different labels are kept, counted, and refused above the ratio', async () => {
    const { put, ingest } = world();
    for (let number = 0; number < 4; number++) await put(number, { label: '1', session: `s${number}` });
    await put(4, { label: '7', crop: cropOf(2) });
    const { manifest, context } = await ingest({ maxConflictRatio: 0.5 });
    expect([manifest.sampleCount, manifest.conflicts.count]).toEqual([5, 1]);
    expect(context.warnings).toEqual([expect.stringMatching(/^1 of 5 samples have the pixels/)]);
    await expect(ingest()).rejects.toMatchObject({ code: 'TooManyConflicts', retryable: false });
  });

  it('say how to collect some when there are none, or all have one label', async () => {
    const { put, ingest } = world();
    await expect(ingest()).rejects.toMatchObject({
      code: 'EmptyDataset',
      retryable: false,
      message: expect.stringMatching(/turn on Teach on the page/),
    });
    await put(3);
    await expect(ingest()).rejects.toMatchObject({
      code: 'WrongClassCount',
      message: expect.stringMatching(/with 3;/),
    });
  });

  it('of too few sessions come with a warning, since no split parts a session', async () => {
    const { put, ingest } = world();
    for (const number of [0, 3, 6, 1]) await put(number);
    expect((await ingest()).manifest.warnings).toEqual([expect.stringMatching(/of 2 session\(s\).*split=random/)]);
  });
});

describe('a correction that is deleted while ingest runs', () => {
  it('makes the step begin anew when its record can not be read any more', async () => {
    const at = world();
    for (let number = 0; number < 4; number++) await at.put(number);
    const pinned = await at.pin();
    await deleteCorrection(at, pinned[2]!.id);
    const context = { ...testContext(), read: (ref: Parameters<typeof getBlob>[1]) => getBlob(at.store, ref) };
    await expect(readAll(feedbackSource({ corrections: pinned, only: {} }), context)).rejects.toMatchObject({
      code: 'SourceChanged',
      retryable: true,
    });
  });

  it('makes the step begin anew when it had been read already', async () => {
    const at = world();
    for (let number = 0; number < 4; number++) await at.put(number);
    const pinned = await at.pin();
    await expect(refuseDeleted(pinned, at.store)).resolves.toBeUndefined();
    await at.put(5); // a new one is the next run's
    await expect(refuseDeleted(pinned, at.store)).resolves.toBeUndefined();
    await deleteCorrection(at, pinned[0]!.id);
    await expect(refuseDeleted(pinned, at.store)).rejects.toMatchObject({ code: 'SourceChanged', retryable: true });
  });
});

it('a record whose bytes are not those that were listed is no sample', async () => {
  const at = world();
  for (let number = 0; number < 3; number++) await at.put(number);
  const pinned = await at.pin();
  const other = { ...correctionOf(1, START_MS + 1_000), label: '9' as CorrectionLabel };
  await at.store.put(pinned[1]!.record.key, encodeCorrection(other));
  const read = (ref: Parameters<typeof getBlob>[1]) => getBlob(at.store, ref);
  await expect(
    readAll(feedbackSource({ corrections: pinned, only: {} }), { ...testContext(), read }),
  ).rejects.toMatchObject({ code: 'SourceChanged' });
  expect(pinned[0]!.record.sha256).toBe(
    createHash('sha256')
      .update(encodeCorrection(correctionOf(0, START_MS)))
      .digest('hex'),
  );
});

it('other sources ask the store for no corrections', async () => {
  const { store, clock } = world();
  store.removeBucket();
  expect(await correctionsFor({ kind: 'folder', path: '/x' }, { store, clock })).toBeUndefined();
});
