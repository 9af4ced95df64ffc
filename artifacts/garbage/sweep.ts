// Deletes what the plan says, batch by batch, each announced before. Each object is looked at once more right before.

import { concurrently } from '../concurrently.ts';
import { StoreUnavailable } from '../errors.ts';
import type { Store } from '../store.ts';
import type { Collection } from './collection.ts';
import type { Garbage } from './plan.ts';

/** A few seconds' work: nobody who needs one of them waits longer. */
const BATCH = 200;
const DELETES_AT_ONCE = 8;
/** Listings date objects to the millisecond, HEADs to the second. */
const DATE_SLACK_MS = 1_000;

export interface SweepOptions {
  store: Store;
  collection: Collection;
  /** Nothing is deleted from then on. */
  isOver: () => boolean;
  onDeleted: (garbage: Garbage) => void;
}

/**
 * `unanswered`: a deletion was sent that may still be acted on. Its batch has to stay announced until it can't.
 * `over`: there was no time left.
 */
export type SweepEnd = 'done' | 'over' | 'unanswered';

/** @throws CollectionLost and the store's errors; whatever was deleted is right */
export async function sweep(garbage: readonly Garbage[], options: SweepOptions): Promise<SweepEnd> {
  const { collection, isOver } = options;
  for (const batch of batchesOf(garbage)) {
    if (isOver()) return 'over';
    await collection.announce(batch.map(({ key }) => key));
    const ends = await concurrently(batch, DELETES_AT_ONCE, (each) => deleteOne(each, options));
    if (ends.includes('unanswered')) return 'unanswered';
    const failed = ends.find((end) => end instanceof Error);
    if (failed !== undefined) throw failed;
  }
  return 'done';
}

/** What names something never shares a batch with what it names: all of one kind are gone before the next begins. */
function* batchesOf(garbage: readonly Garbage[]): Generator<Garbage[]> {
  for (let from = 0; from < garbage.length;) {
    const { kind } = garbage[from]!;
    const batch = garbage.slice(from, from + BATCH);
    const end = batch.findIndex((each) => each.kind !== kind);
    const same = end === -1 ? batch : batch.slice(0, end);
    yield same;
    from += same.length;
  }
}

/** Never throws: the others of the batch have to be waited for. */
async function deleteOne(
  garbage: Garbage,
  { store, collection, isOver, onDeleted }: SweepOptions,
): Promise<'deleted' | 'kept' | 'unanswered' | Error> {
  const { key, etag, lastModified, leastAgeMs } = garbage;
  try {
    if (isOver()) return 'kept';
    await collection.renew();
    const nowMs = await store.now(); // first: an age may only be taken for less than it is
    const present = await store.head(key);
    if (present === undefined) return 'kept'; // another collector was faster
    const isSame = Math.abs(present.lastModified.getTime() - lastModified.getTime()) <= DATE_SLACK_MS;
    const isOld = nowMs - present.lastModified.getTime() >= leastAgeMs;
    if (!isSame || !isOld || present.etag !== etag || !collection.mayDelete()) return 'kept';
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
  try {
    await store.delete(key, { once: true });
  } catch (error) {
    if (error instanceof StoreUnavailable) return 'unanswered';
    return error instanceof Error ? error : new Error(String(error));
  }
  onDeleted(garbage);
  return 'deleted';
}
