// Every move of a model's aliases, one line from the first to the last. The record holds the newest; beyond a thousand the
// older half goes into a blob, which names the one before it.

import { getBlob, putBlob } from './blobs.ts';
import type { Clock } from './clock.ts';
import { keys } from './keys.ts';
import {
  encodeMovesArchive,
  parseAliases,
  parseMovesArchive,
  type AliasesRecord,
  type AliasMove,
} from './manifests/aliases.ts';
import { holdStanding } from './standing.ts';
import type { ArtifactRef, Store } from './store.ts';

/** The record must stay under the limit of conditional writes. */
const MAX_MOVES = 1_000;

interface Page {
  moves: AliasMove[];
  archive?: ArtifactRef | undefined;
}

/** Newest page first. */
async function* pagesOf(store: Store, record: Page): AsyncGenerator<Page> {
  let page = record;
  for (;;) {
    yield page;
    if (page.archive === undefined) return;
    page = parseMovesArchive(await getBlob(store, page.archive), page.archive.key);
  }
}

/** Every move ever made, oldest first, archives included. @throws InvalidRecord, DamagedArtifact */
export async function readMoves(store: Store, model: string): Promise<AliasMove[]> {
  const key = keys.aliases(model);
  const found = await store.get(key);
  if (found === undefined) return [];
  const pages: AliasMove[][] = [];
  for await (const { moves } of pagesOf(store, parseAliases(found.bytes, key))) pages.unshift(moves);
  return pages.flat();
}

/** Whether such a move was ever made. */
export async function isInHistory(
  store: Store,
  record: AliasesRecord,
  isWanted: (move: AliasMove) => boolean,
): Promise<boolean> {
  for await (const { moves } of pagesOf(store, record)) if (moves.some(isWanted)) return true;
  return false;
}

/** The record with its older half archived where it grew too long. */
export async function archiveOldMoves(
  { store, clock }: { store: Store; clock: Pick<Clock, 'sleep'> },
  record: AliasesRecord,
): Promise<AliasesRecord> {
  if (record.moves.length <= MAX_MOVES) return record;
  const old = record.moves.slice(0, MAX_MOVES / 2);
  const archive = encodeMovesArchive({
    schemaVersion: 1,
    kind: 'moves-archive',
    moves: old,
    ...(record.archive && { archive: record.archive }),
  });
  for (;;) {
    const { ref } = await putBlob(store, archive);
    const standing = await holdStanding({ store, clock }, [ref.key]);
    if (standing.has(ref.key)) return { ...record, moves: record.moves.slice(old.length), archive: ref };
  }
}
