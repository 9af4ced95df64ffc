import { expect, it } from 'vitest';
import { isoNow, systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import { encodeModelVersion } from '../../artifacts/manifests.ts';
import { encodeAliases, parseAliases } from '../../artifacts/manifests/aliases.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import {
  listModels,
  listVersions,
  moveAlias,
  moveIdOf,
  NoPreviousVersion,
  promote,
  publishVersion,
  readAliases,
  readVersion,
  rollBack,
  VersionDeleted,
  VersionMissing,
} from '../../artifacts/registry.ts';
import { modelCandidate } from '../support/model-candidate.ts';

const decision = { model: 'digits', reason: 'because', author: 'a person' };

async function registryWith(...contents: string[]) {
  const registry = { store: createMemoryStore(), clock: systemClock };
  for (const content of contents) await publishVersion(registry, modelCandidate(content));
  return registry;
}

const runMove = (workflowId: string, to: number) => ({
  ...decision,
  alias: 'champion' as const,
  to,
  moveId: moveIdOf({ workflowId, firstExecutionRunId: 'first', digest: `version ${to}`, alias: 'champion' }),
});

it('numbers contents from 1 and finds a content that was published before', async () => {
  const registry = await registryWith('one', 'two');
  const again = await publishVersion(registry, modelCandidate('one', { workflowId: 'later' }));
  expect(again).toMatchObject({ created: false, version: { version: 1, run: { workflowId: 'a workflow' } } });
  expect((await listVersions(registry.store, 'digits')).map(({ version }) => version)).toEqual([1, 2]);
  expect(await listModels(registry.store)).toEqual(['digits']);
  await expect(readVersion(registry.store, 'digits', 3)).rejects.toThrow(VersionMissing);
});

it('lists more than nine versions in the order of their numbers', async () => {
  const registry = await registryWith(...Array.from({ length: 11 }, (_, index) => `content ${index}`));
  expect((await listVersions(registry.store, 'digits')).map(({ version }) => version)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ]);
});

it('neither publishes withdrawn content anew nor lets an alias mean it; its number stays taken', async () => {
  const registry = await registryWith('one', 'two');
  const withdrawn = { ...(await readVersion(registry.store, 'digits', 1)), deletedAt: '2026-01-01T00:00:00.000Z' };
  await registry.store.put(keys.version('digits', 1), encodeModelVersion(withdrawn));
  await expect(publishVersion(registry, modelCandidate('one'))).rejects.toThrow(VersionDeleted);
  await expect(promote(registry, { ...decision, alias: 'champion', to: 1 })).rejects.toThrow(VersionDeleted);
  expect((await publishVersion(registry, modelCandidate('three'))).version.version).toBe(3);
});

it('moves an alias once for each intent, so that a late retry does not undo a roll-back', async () => {
  const registry = await registryWith('one', 'two');
  expect(await moveAlias(registry, runMove('first run', 1))).toEqual({ outcome: 'moved', now: 1 });
  expect(await moveAlias(registry, runMove('second run', 2))).toEqual({ outcome: 'moved', now: 2 });
  expect(await rollBack(registry, decision)).toEqual({ outcome: 'moved', now: 1 });
  expect(await moveAlias(registry, runMove('second run', 2))).toEqual({ outcome: 'done', now: 1 });
  const aliases = await readAliases(registry.store, 'digits');
  expect(aliases).toMatchObject({ champion: 1, previous: 2, revision: 3 });
  expect(aliases.moves.map(({ from, to }) => [from, to])).toEqual([
    [null, 1],
    [1, 2],
    [2, 1],
  ]);
});

it('writes nothing when the alias means that version already', async () => {
  const registry = await registryWith('one');
  await moveAlias(registry, runMove('first run', 1));
  const before = await registry.store.get(keys.aliases('digits'));
  expect(await moveAlias(registry, runMove('second run', 1))).toEqual({ outcome: 'unchanged', now: 1 });
  expect(await registry.store.get(keys.aliases('digits'))).toEqual(before);
});

it('does not carry out a verdict on a champion that is none any more', async () => {
  const registry = await registryWith('one', 'two', 'three');
  await promote(registry, { ...decision, alias: 'champion', to: 2 });
  const stale = await moveAlias(registry, { ...runMove('a run', 3), expectedFrom: 1 });
  expect(stale).toEqual({ outcome: 'stale', now: 2 });
  expect(await moveAlias(registry, { ...runMove('a run', 3), expectedFrom: 2 })).toEqual({ outcome: 'moved', now: 3 });
});

it('refuses to move to a version that was never published, and to go back where nothing was', async () => {
  const registry = await registryWith('one');
  await expect(promote(registry, { ...decision, alias: 'champion', to: 2 })).rejects.toThrow(VersionMissing);
  await expect(rollBack(registry, decision)).rejects.toThrow(NoPreviousVersion);
  expect(await readAliases(registry.store, 'digits')).toEqual({
    champion: undefined,
    candidate: undefined,
    previous: undefined,
    revision: 0,
    moves: [],
  });
});

/** What a run's move leaves in the record, for moves by the hundred: each would read and write all those before it. */
async function appendMoves(registry: Awaited<ReturnType<typeof registryWith>>, runs: { from: number; to: number }) {
  const key = keys.aliases('digits');
  const record = parseAliases((await registry.store.get(key))!.bytes, key);
  const moves = Array.from({ length: runs.to - runs.from }, (_, index) => {
    const { moveId, alias, to, reason, author } = move(runs.from + index);
    return { moveId, alias, from: 3 - to, to, reason, author, at: isoNow(registry.clock) };
  });
  const next = {
    ...record,
    aliases: { champion: moves.at(-1)!.to },
    moves: [...record.moves, ...moves],
    revision: record.revision + moves.length,
  };
  await registry.store.put(key, encodeAliases(next));
}
const move = (run: number) => runMove(`run ${run}`, (run % 2) + 1);

it('keeps the oldest moves in an archive and still knows them', async () => {
  const registry = await registryWith('one', 'two');
  await moveAlias(registry, move(0));
  for (const [from, to] of [
    [1, 999],
    [1_001, 1_499],
  ] as const) {
    await appendMoves(registry, { from, to });
    for (const run of [to, to + 1]) expect((await moveAlias(registry, move(run))).outcome).toBe('moved');
  }
  await moveAlias(registry, move(1_501));
  const { moves, revision, champion } = await readAliases(registry.store, 'digits');
  expect(moves.length).toBeLessThanOrEqual(1_000);
  expect(revision).toBe(1_502);
  expect(champion).toBe(2);
  expect((await moveAlias(registry, runMove('run 0', 1))).outcome).toBe('done');
  expect((await moveAlias(registry, runMove('run 700', 1))).outcome).toBe('done');
});
