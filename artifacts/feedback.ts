// People's corrections: stored, deleted, expired. A correction is one immutable record; deleting it leaves a tombstone
// under another key, which bars its id for ever, whatever late write brings the record back. So no order of these
// functions, no lost answer and no kill shows a correction that was deleted, and none loses one that was not.

import { sha256 } from './canonical.ts';
import { isoNow, type Clock } from './clock.ts';
import { allIds, hasExpired, inGroups, readRecord } from './feedback-list.ts';
import { keys } from './keys.ts';
import { encodeCorrection, encodeDeletedCorrection, InvalidRecord, type CorrectionRecord } from './manifests.ts';
import type { Store } from './store.ts';

/** How long a correction is kept: what cameras saw of people's desks is not kept for ever. */
export const CORRECTION_LIFETIME_DAYS = 90;
const DAY_MS = 86_400_000;
const RANDOM_BYTES = 10;

export interface Feedback {
  store: Store;
  clock: Clock;
}

/** What a person said, before it has an id. */
export type CorrectionDraft = Pick<CorrectionRecord, 'label' | 'prediction' | 'model' | 'session' | 'seq' | 'digit'> & {
  /** A gray PNG, sides 1–128. */
  crop: { png: Uint8Array; width: number; height: number };
};

/**
 * Gives a draft its id and its times. Called once a correction: storing the result may then be retried freely.
 * @param fixed.random 10 bytes from the system's randomness: who does not know the id can't ask for the picture
 */
export function makeCorrection(
  { crop, ...facts }: CorrectionDraft,
  { nowMs, random }: { nowMs: number; random: Uint8Array },
): CorrectionRecord {
  if (random.length !== RANDOM_BYTES)
    throw new RangeError(`id of a correction: expected ${RANDOM_BYTES} random bytes, got ${random.length}`);
  return {
    ...facts,
    schemaVersion: 1,
    kind: 'correction',
    id: `${nowMs.toString(16).padStart(12, '0')}-${Buffer.from(random).toString('hex')}`,
    at: new Date(nowMs).toISOString(),
    expiresAt: new Date(nowMs + CORRECTION_LIFETIME_DAYS * DAY_MS).toISOString(),
    crop: {
      width: crop.width,
      height: crop.height,
      sha256: sha256(crop.png),
      png: Buffer.from(crop.png).toString('base64'),
    },
  };
}

/**
 * Stores a correction. Safe to retry: the same record is created once. One that was deleted meanwhile stays deleted.
 * @throws InvalidRecord for a label, a side or a probability that can't be, and the store's errors
 */
export async function storeCorrection(store: Store, correction: CorrectionRecord): Promise<'stored' | 'deleted'> {
  const key = keys.correction(correction.id);
  const write = await store.putIfAbsent(key, encodeCorrection(correction));
  if (write.outcome === 'lost' && write.current !== undefined)
    throw new InvalidRecord({ key, expected: 'an id of its own for each correction', got: 'another one under it' });
  if ((await store.head(keys.deletedCorrection(correction.id))) === undefined) return 'stored';
  await store.delete(key);
  return 'deleted';
}

/**
 * Deletes a correction for good: the tombstone first, then the record with its picture. Safe to retry and to race.
 * @returns `unknown` when there is no such correction and never was; nothing is written then
 */
export async function deleteCorrection({ store, clock }: Feedback, id: string): Promise<'deleted' | 'unknown'> {
  const [record, tombstone] = [keys.correction(id), keys.deletedCorrection(id)];
  if ((await store.head(record)) === undefined && (await store.head(tombstone)) === undefined) return 'unknown';
  // Lost means that somebody else's tombstone stands there: as good as ours.
  await store.putIfAbsent(
    tombstone,
    encodeDeletedCorrection({ schemaVersion: 1, kind: 'deleted-correction', id, deletedAt: isoNow(clock) }),
  );
  await store.delete(record);
  return 'deleted';
}

/** Deletes every correction that stands now, expired and damaged ones as well. Safe to retry. @returns how many */
export async function clearCorrections(feedback: Feedback): Promise<number> {
  const { live } = await allIds(feedback.store);
  await inGroups(live, (id) => deleteCorrection(feedback, id));
  return live.length;
}

export interface Sweep {
  expired: number;
  /** Records of deleted corrections that a late write had brought back. */
  leftovers: number;
}

/**
 * Removes what may be seen no more: expired corrections, and records that stand beside their tombstones. Run at a
 * worker's start and daily; safe to retry, to race, and to run in several workers.
 */
export async function sweepCorrections({ store, clock }: Feedback): Promise<Sweep> {
  const { live, leftovers } = await allIds(store);
  await inGroups(leftovers, (id) => store.delete(keys.correction(id)));
  const expired = await inGroups(live, async (id) => {
    const record = await readRecord(store, id);
    if (record === undefined || record instanceof InvalidRecord || !hasExpired(record, clock)) return false;
    await store.delete(keys.correction(id));
    return true;
  });
  return { expired: expired.filter(Boolean).length, leftovers: leftovers.length };
}
