// What stands under a step's key at this moment: a record that can be relied on, one that can't, or none.

import { DamagedArtifact, getBlob, stateOf } from '../artifacts/blobs.ts';
import type { Clock } from '../artifacts/clock.ts';
import { concurrently } from '../artifacts/concurrently.ts';
import { keys } from '../artifacts/keys.ts';
import { InvalidRecord, parseStepRecord, type RecordedBlob, type StepRecord } from '../artifacts/manifests.ts';
import { holdStanding } from '../artifacts/standing.ts';
import type { Store } from '../artifacts/store.ts';

/** Enough to hide a store's latency; a record names a few dozen blobs. */
export const HEADS_AT_ONCE = 8;

/** A blob may have 64 MiB, and each is held whole while its digest is made. */
const READS_AT_ONCE = 2;

export type StandingRecord =
  | { state: 'none' }
  /** Every blob stands with the size and ETag of the record; with `read`, with its very bytes. */
  | { state: 'whole'; record: StepRecord; etag: string }
  /** To be replaced, never created: the key is taken. `record` is absent when it can't be read. */
  | { state: 'broken'; record: StepRecord | undefined; etag: string; reason: string };

export interface RecordSource {
  store: Store;
  clock: Pick<Clock, 'sleep'>;
  signal?: AbortSignal | undefined;
}

/**
 * What it says holds for the next hours: a record that is whole, and its blobs, are safe from garbage collections until
 * whoever asked has written down that he counts on them.
 * @param options.read every blob, too: damage behind an unchanged ETag shows nowhere else @default false
 * @throws the store's errors
 */
export async function readStandingRecord(
  source: RecordSource,
  { step, stepKey }: { step: string; stepKey: string },
  { read = false }: { read?: boolean } = {},
): Promise<StandingRecord> {
  const { store } = source;
  const key = keys.step(step, stepKey);
  const found = await store.get(key);
  if (found === undefined) return { state: 'none' };
  const { etag } = found;
  let record: StepRecord;
  try {
    record = parseStepRecord(found.bytes, key);
  } catch (error) {
    if (!(error instanceof InvalidRecord)) throw error;
    return { state: 'broken', record: undefined, etag, reason: error.message };
  }
  // A record may be replaced: it is refreshed only as it was read.
  const refresh = (each: string) => (each === key ? store.replaceIf(key, found.bytes, etag) : store.refresh(each));
  const standing = await holdStanding({ ...source, refresh }, [key, ...record.blobs.map((blob) => blob.key)]);
  // Deleted or replaced meanwhile.
  if (standing.get(key)?.etag !== etag) return readStandingRecord(source, { step, stepKey }, { read });
  const heads = record.blobs.map((blob) => stateOf(blob, standing.get(blob.key)));
  const isIntact = heads.every((state) => state === 'intact');
  const states =
    isIntact && read ? await concurrently(record.blobs, READS_AT_ONCE, (blob) => readState(store, blob)) : heads;
  const damaged = states.findIndex((state) => state !== 'intact');
  if (damaged === -1) return { state: 'whole', record, etag };
  return { state: 'broken', record, etag, reason: `${record.blobs[damaged]!.key} is ${states[damaged]}` };
}

async function readState(store: Store, blob: RecordedBlob): Promise<'intact' | 'damaged'> {
  try {
    await getBlob(store, blob);
    return 'intact';
  } catch (error) {
    if (error instanceof DamagedArtifact) return 'damaged';
    throw error;
  }
}
