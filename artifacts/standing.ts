// What everybody does before he counts on objects that others made: a record that names them, or a run that takes them
// over, must not find them gone. Safe beside garbage collections, without a lock and without trusting any clock but the
// store's.
//
// A collection deletes only what is unreachable and older than the grace, and says before each batch which keys it is about
// to delete. So: what is old is made young first; then no collection may be about to delete it; then it has to stand. From
// there on it is young for longer than anybody needs to write down that he counts on it.

import type { Clock } from './clock.ts';
import { concurrently } from './concurrently.ts';
import { StoreUnavailable } from './errors.ts';
import { keys } from './keys.ts';
import { InvalidRecord } from './manifests/parse.ts';
import { parseCollection, type CollectionRecord } from './manifests/collection.ts';
import type { ObjectInfo, Store } from './store.ts';

const HOUR_MS = 3_600_000;

/**
 * What a collection leaves alone by its age: four times the longest that a step may take to write down what it made (data
 * steps: 6 hours). A shorter grace is for collections that run alone.
 */
export const GRACE_MS = 24 * HOUR_MS;

/** Older than this it is refreshed before anybody counts on it. */
export const REFRESH_AFTER_MS = GRACE_MS / 4;

/** A collector that has not renewed its record for so long has stopped sending deletions. */
export const COLLECTOR_SILENT_MS = 60_000;

/**
 * A request can be on its way for as long as its signature holds: S3 refuses one whose date is off by more than 15 minutes,
 * which the sender's clock may double.
 */
const REQUEST_LIFE_MS = 30 * 60_000;

/** Then nothing that a collector sent can be acted on any more. */
export const COLLECTOR_GONE_MS = COLLECTOR_SILENT_MS + REQUEST_LIFE_MS;

/** Dates of objects have whole seconds, and the store's time is known to one. */
export const DATE_SLACK_MS = 2_000;
const HEADS_AT_ONCE = 8;
const ASK_AGAIN_MS = 500;
const ASK_AT_LEAST_EVERY_MS = 15_000;
const MAX_ROUNDS = 5;

export interface StandingOptions {
  store: Store;
  clock: Pick<Clock, 'sleep'>;
  signal?: AbortSignal | undefined;
  /** How an object that may be replaced is refreshed. @default the store's `refresh` */
  refresh?: (key: string) => Promise<unknown>;
}

/**
 * Sees to it that what stands under these keys goes on standing long enough to be named by a record.
 * Costs one HEAD a key and one listing; another HEAD only for what is old or was written a moment ago. Waits while a collection is
 * about to delete one of them: seconds; half an hour where the collector was killed just then.
 * @returns what stands, by key; a key that is missing has to be made anew
 * @throws the store's errors and the signal's reason
 */
export async function holdStanding(
  options: StandingOptions,
  wanted: readonly string[],
): Promise<Map<string, ObjectInfo>> {
  const { store, refresh = (key) => store.refresh(key) } = options;
  const askedMs = await store.now();
  await waitForCollections(options, wanted);
  const found = await headAll(store, wanted);
  let old = await oldAmong(store, found);
  // One that was written since the collections were asked may be one that was refreshed against a deletion on its way.
  const isRecent = (info: ObjectInfo): boolean => info.lastModified.getTime() > askedMs - DATE_SLACK_MS;
  let unsure = [...old, ...[...found.values()].filter(isRecent).map(({ key }) => key)];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (unsure.length === 0) return found;
    await concurrently(old, HEADS_AT_ONCE, (key) => refresh(key));
    // All the others are too young for any collection, and were when it was seen that none is about to delete them.
    const again = (await waitForCollections(options, wanted)) ? wanted : unsure;
    const standing = await headAll(store, again);
    for (const key of again) {
      const info = standing.get(key);
      if (info === undefined) found.delete(key);
      else found.set(key, info);
    }
    // A write of equal bytes whose answer was lost looks as if it had happened: only the age tells.
    unsure = old = await oldAmong(store, standing);
  }
  if (unsure.length === 0) return found;
  throw new StoreUnavailable({ bucket: 'the store', key: old[0], operation: 'refresh' }, 'the age it had before');
}

async function oldAmong(store: Store, found: ReadonlyMap<string, ObjectInfo>): Promise<string[]> {
  const nowMs = await store.now();
  const isOld = ({ lastModified }: ObjectInfo): boolean => nowMs - lastModified.getTime() > REFRESH_AFTER_MS;
  return [...found.values()].filter(isOld).map(({ key }) => key);
}

async function headAll(store: Store, wanted: readonly string[]): Promise<Map<string, ObjectInfo>> {
  const infos = await concurrently(wanted, HEADS_AT_ONCE, (key) => store.head(key));
  return new Map(infos.flatMap((info) => (info === undefined ? [] : [[info.key, info]])));
}

/**
 * Returns when no deletion of one of these keys can be on its way, and no collection wants to be alone.
 * @returns whether there was anything to wait for
 */
async function waitForCollections(
  { store, clock, signal }: StandingOptions,
  wanted: readonly string[],
): Promise<boolean> {
  const mine = new Set(wanted);
  const isInTheWay = ({ record, ageMs }: OpenCollection): boolean =>
    (record.graceMs < GRACE_MS && ageMs <= COLLECTOR_SILENT_MS) || record.batch.some((key) => mine.has(key));
  let delayMs = ASK_AGAIN_MS;
  for (; (await openCollections(store)).some(isInTheWay); delayMs *= 2) {
    signal?.throwIfAborted();
    await clock.sleep(Math.min(delayMs, ASK_AT_LEAST_EVERY_MS), signal);
  }
  return delayMs > ASK_AGAIN_MS;
}

export interface OpenCollection {
  record: CollectionRecord;
  /** Since its collector was last alive, by the store's time. */
  ageMs: number;
}

/** Collections that may still delete something. */
export async function openCollections(store: Store): Promise<OpenCollection[]> {
  const open: OpenCollection[] = [];
  for await (const { key } of store.list(keys.collections)) {
    const found = await store.get(key);
    if (found === undefined) continue; // it ended a moment ago
    const ageMs = (await store.now()) - found.lastModified.getTime();
    if (ageMs > COLLECTOR_GONE_MS) continue;
    try {
      open.push({ record: parseCollection(found.bytes, key), ageMs });
    } catch (error) {
      if (!(error instanceof InvalidRecord)) throw error; // no collector of ours wrote it
    }
  }
  return open;
}
