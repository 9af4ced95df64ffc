// What champion and candidate mean. One object a model, changed by compare-and-swap; every move stays in its history, and
// a move that stands there is never made again.

import { randomUUID } from 'node:crypto';
import { archiveOldMoves, isInHistory } from './alias-history.ts';
import { canonicalDigest } from './canonical.ts';
import { isoNow, type Clock } from './clock.ts';
import { keys } from './keys.ts';
import {
  encodeAliases,
  parseAliases,
  type AliasesRecord,
  type AliasMove,
  type AliasName,
} from './manifests/aliases.ts';
import { InvalidRecord } from './manifests/parse.ts';
import { readVersion, VersionDeleted } from './model-versions.ts';
import type { Store } from './store.ts';

/** Nobody but a person knows which version the champion should be. */
const ADVICE =
  'Nothing was changed, and no alias moves until it is mended: put back an earlier copy of it; or delete it and say what ' +
  'the champion is: `npx digitflow models promote N --reason …`';
const MAX_REASON_LENGTH = 500;
/** Losing once means that another move was made meanwhile; a hundred in a row means something is wrong. */
const MAX_SWAPS = 100;

/** Thrown when others moved the aliases faster than this caller, a hundred times in a row. */
export class AliasContention extends Error {
  override readonly name = 'AliasContention';
  readonly retryable = true;
  constructor(model: string) {
    super(`model ${model}: expected to move an alias within ${MAX_SWAPS} attempts, got overtaken each time`);
  }
}

/** Thrown when there is no version to go back to. */
export class NoPreviousVersion extends Error {
  override readonly name = 'NoPreviousVersion';
  readonly retryable = false;
  constructor(model: string, alias: AliasName) {
    super(`model ${model}: expected a version before the present ${alias} to go back to, got none in its history`);
  }
}

export interface Registry {
  store: Store;
  clock: Clock;
}

export interface MoveRequest {
  model: string;
  alias: AliasName;
  to: number;
  /** Names the intent (`moveIdOf`): the same id is carried out at most once, ever. */
  moveId: string;
  /** For people; cut at 500 characters. */
  reason: string;
  author: string;
  /**
   * What the alias must mean for the move to make sense; null: nothing yet. A verdict that compared a challenger with
   * version 3 says nothing once somebody made version 2 the champion.
   */
  expectedFrom?: number | null;
  /**
   * Only where the alias never meant that version: an equal model of another run had its move already, and whatever the
   * alias means now was decided since. @default false: people may move it as often as they like
   */
  firstTimeOnly?: boolean;
}

export type MoveResult = {
  /** `unchanged`: it meant that version already. `done`: this move stands in the history. `stale`: see expectedFrom. */
  outcome: 'moved' | 'unchanged' | 'done' | 'stale';
  /** What the alias means now. */
  now: number | undefined;
};

export interface Aliases {
  champion: number | undefined;
  candidate: number | undefined;
  /** What champion meant before its last move. */
  previous: number | undefined;
  /** 0 when no alias was ever set. */
  revision: number;
  /** Oldest first; older ones may stand in archives. */
  moves: AliasMove[];
}

/** The id of a run's move: a late attempt of the same run, or of a reset of it, has the same. */
export function moveIdOf(intent: {
  workflowId: string;
  firstExecutionRunId: string;
  digest: string;
  alias: AliasName;
}): string {
  return canonicalDigest(intent);
}

/** @throws InvalidRecord */
export async function readAliases(store: Store, model: string): Promise<Aliases> {
  const found = await readRecord(store, model);
  const { champion, candidate } = found?.record.aliases ?? {};
  const moves = found?.record.moves ?? [];
  return { champion, candidate, previous: previousOf(moves, 'champion'), revision: found?.record.revision ?? 0, moves };
}

/** What an alias meant before its last move; undefined when it had no meaning then. Derived, so it can't disagree. */
export function previousOf(moves: AliasMove[], alias: AliasName): number | undefined {
  return moves.findLast((move) => move.alias === alias)?.from ?? undefined;
}

/**
 * Moves an alias. Safe to retry at any later time: a moveId in the history is done, whatever the alias means by then, so
 * that no late retry undoes a person's roll-back.
 * @throws VersionMissing, VersionDeleted, AliasContention, InvalidRecord, and the store's errors
 */
export async function moveAlias({ store, clock }: Registry, request: MoveRequest): Promise<MoveResult> {
  const { model, alias, to, moveId, author } = request;
  const target = await readVersion(store, model, to);
  const reason = request.reason.slice(0, MAX_REASON_LENGTH).replace(/\p{Surrogate}$/u, ''); // half a pair has no JSON

  return changeAliases<MoveResult>(store, model, async (record) => {
    const from = record.aliases[alias];
    const isDone = (move: AliasMove): boolean =>
      move.moveId === moveId || (request.firstTimeOnly === true && move.alias === alias && move.to === to);
    if (await isInHistory(store, record, isDone)) return { result: { outcome: 'done', now: from } };
    if (target.deletedAt !== undefined || record.withdrawn?.includes(to)) throw new VersionDeleted(target);
    if (from === to) return { result: { outcome: 'unchanged', now: from } };
    if (request.expectedFrom !== undefined && request.expectedFrom !== (from ?? null))
      return { result: { outcome: 'stale', now: from } };
    const move: AliasMove = { moveId, alias, from: from ?? null, to, reason, author, at: isoNow(clock) };
    const aliases = { ...record.aliases, [alias]: to };
    const next = await archiveOldMoves({ store, clock }, { ...record, aliases, moves: [...record.moves, move] });
    return { result: { outcome: 'moved', now: to }, next };
  });
}

/**
 * Changes the record by compare-and-swap: `change` sees what stands, and is asked again when another was faster.
 * Its `next` gets the next revision; without one nothing is written.
 * @throws AliasContention, InvalidRecord, and what `change` throws
 */
export async function changeAliases<Result>(
  store: Store,
  model: string,
  change: (record: AliasesRecord) => Promise<{ result: Result; next?: AliasesRecord }>,
): Promise<Result> {
  const key = keys.aliases(model);
  for (let swap = 0; swap < MAX_SWAPS; swap++) {
    const found = await readRecord(store, model);
    const record = found?.record ?? emptyRecord();
    const { result, next } = await change(record);
    if (next === undefined) return result;
    const bytes = encodeAliases({ ...next, revision: record.revision + 1 });
    const write = found === undefined ? store.putIfAbsent(key, bytes) : store.replaceIf(key, bytes, found.etag);
    if ((await write).outcome === 'written') return result;
  }
  throw new AliasContention(model);
}

/**
 * A person's decision: a move with an id of its own, which stands against every earlier one.
 * @param request.moveId makes retries of one decision one move @default a new one
 */
export function promote(
  registry: Registry,
  request: Omit<MoveRequest, 'moveId'> & { moveId?: string },
): Promise<MoveResult> {
  return moveAlias(registry, { ...request, moveId: request.moveId ?? personalMoveId() });
}

/**
 * Moves the champion back to what it meant before, or to a named version.
 * @throws NoPreviousVersion, and what `moveAlias` throws
 */
export async function rollBack(
  registry: Registry,
  request: { model: string; to?: number; reason: string; author: string; moveId?: string },
): Promise<MoveResult> {
  const { champion, previous } = await readAliases(registry.store, request.model);
  const to = request.to ?? previous;
  if (to === undefined) throw new NoPreviousVersion(request.model, 'champion');
  return promote(registry, { ...request, alias: 'champion', to, expectedFrom: champion ?? null });
}

function personalMoveId(): string {
  return canonicalDigest({ decision: randomUUID() });
}

function emptyRecord(): AliasesRecord {
  return { schemaVersion: 1, kind: 'aliases', revision: 0, aliases: {}, moves: [] };
}

async function readRecord(store: Store, model: string): Promise<{ record: AliasesRecord; etag: string } | undefined> {
  const key = keys.aliases(model);
  const found = await store.get(key);
  if (found === undefined) return undefined;
  try {
    return { record: parseAliases(found.bytes, key), etag: found.etag };
  } catch (error) {
    if (!(error instanceof InvalidRecord)) throw error;
    const { expected, got } = error;
    throw new InvalidRecord({ key, expected, got: `${got}. ${ADVICE}` }, { cause: error });
  }
}
