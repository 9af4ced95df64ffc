// Which corrections there are. Deleted and expired ones are in no answer, whatever still stands in the store.

import { sha256 } from './canonical.ts';
import type { Clock } from './clock.ts';
import { correctionOfKey, keys } from './keys.ts';
import { InvalidRecord, parseCorrection, type CorrectionLabel, type CorrectionRecord } from './manifests.ts';
import type { ArtifactRef, Store } from './store.ts';

/** Requests under way at once: a page of fifty takes a few round trips, and a store is not flooded. */
const AT_ONCE = 8;
const PAGE = 50;

/** Lets `work` run for each, a few at once. @returns the results in order */
export async function inGroups<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))));
  return results;
}

/** Ids by time, oldest first. `leftovers` have a tombstone beside them. Records are listed first: one that is deleted
 * after that has its tombstone by the time those are. */
export async function allIds(store: Store): Promise<{ live: string[]; leftovers: string[] }> {
  const ids = await idsUnder(store, keys.corrections);
  const deleted = new Set(ids.length === 0 ? [] : await idsUnder(store, keys.deletedCorrections));
  return { live: ids.filter((id) => !deleted.has(id)), leftovers: ids.filter((id) => deleted.has(id)) };
}

async function idsUnder(store: Store, prefix: string): Promise<string[]> {
  const ids = [];
  for await (const { key } of store.list(prefix)) {
    const id = correctionOfKey(key);
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

/** An InvalidRecord is given, not thrown: one damaged record must not hide all others. */
export async function readRecord(store: Store, id: string): Promise<CorrectionRecord | InvalidRecord | undefined> {
  const key = keys.correction(id);
  const found = await store.get(key);
  if (found === undefined) return undefined;
  try {
    return parseCorrection(found.bytes, key);
  } catch (error) {
    if (error instanceof InvalidRecord) return error;
    throw error;
  }
}

/** The one decision that rests on a clock of the wall: ninety days are long beside any two clocks' difference. */
export const hasExpired = ({ expiresAt }: CorrectionRecord, clock: Pick<Clock, 'now'>): boolean =>
  Date.parse(expiresAt) <= clock.now();

/** @returns undefined for one that is unknown, deleted or expired @throws InvalidRecord, and the store's errors */
export async function readCorrection(
  { store, clock }: { store: Store; clock: Pick<Clock, 'now'> },
  id: string,
): Promise<CorrectionRecord | undefined> {
  const record = await readRecord(store, id);
  if (record instanceof InvalidRecord) throw record;
  if (record === undefined || hasExpired(record, clock)) return undefined;
  return (await store.head(keys.deletedCorrection(id))) === undefined ? record : undefined;
}

export interface CorrectionPage {
  /** Newest first. */
  corrections: CorrectionRecord[];
  /** Pass it as `before` for the next page; undefined on the last one. */
  next: string | undefined;
  /** How many there are on all pages; expired ones that no sweep has met yet are counted. */
  total: number;
  /** Ids of records on this page that can't be read: they may still be deleted. */
  damaged: string[];
}

/**
 * One page of corrections, newest first.
 * @param page.limit 1 … 1,000 @default 50
 * @param page.before only those older than this id
 */
export async function listCorrections(
  { store, clock }: { store: Store; clock: Pick<Clock, 'now'> },
  { limit = PAGE, before }: { limit?: number; before?: string } = {},
): Promise<CorrectionPage> {
  const { live } = await allIds(store);
  const older = live.filter((id) => before === undefined || id < before).reverse();
  const corrections: CorrectionRecord[] = [];
  const damaged: string[] = [];
  let read = 0;
  while (read < older.length && corrections.length < limit) {
    const ids = older.slice(read, read + Math.min(AT_ONCE, limit - corrections.length));
    const records = await Promise.all(ids.map((id) => readRecord(store, id)));
    records.forEach((record, index) => {
      if (record instanceof InvalidRecord) damaged.push(ids[index]!);
      else if (record !== undefined && !hasExpired(record, clock)) corrections.push(record);
    });
    read += ids.length;
  }
  return { corrections, next: read < older.length ? older[read - 1] : undefined, total: live.length, damaged };
}

/** How many corrections stand; expired ones that no sweep has met yet are counted. Lists names, reads none. */
export async function countCorrections(store: Store): Promise<number> {
  return (await allIds(store)).live.length;
}

/** One correction as an ingest pins it. */
export interface PinnedCorrection {
  id: string;
  label: CorrectionLabel;
  session: string;
  /** Of the crop's PNG. */
  cropSha256: string;
  /** The record itself: immutable bytes. */
  record: ArtifactRef;
}

/**
 * Every correction that a dataset may be made of now, oldest first.
 * @param only.since ISO 8601; only those made then or later
 * @param only.model only corrections of this model's predictions
 * @throws InvalidRecord for a damaged record: a dataset must not silently miss what it is named for
 */
export async function pinCorrections(
  { store, clock }: { store: Store; clock: Pick<Clock, 'now'> },
  { since, model }: { since?: string | undefined; model?: string | undefined } = {},
): Promise<PinnedCorrection[]> {
  const { live } = await allIds(store);
  const sinceMs = since === undefined ? -Infinity : Date.parse(since);
  const pinned = await inGroups(live, async (id): Promise<PinnedCorrection | undefined> => {
    const key = keys.correction(id);
    const found = await store.get(key);
    if (found === undefined) return undefined; // deleted a moment ago
    const record = parseCorrection(found.bytes, key);
    const { label, session, crop } = record;
    if (hasExpired(record, clock) || Date.parse(record.at) < sinceMs) return undefined;
    if (model !== undefined && record.model.name !== model) return undefined;
    const ref = { key, sha256: sha256(found.bytes), sizeBytes: found.sizeBytes };
    return { id, label, session, cropSha256: crop.sha256, record: ref };
  });
  return pinned.filter((each) => each !== undefined);
}
