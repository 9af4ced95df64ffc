// A collection's voice: its record in the store, which says that it is under way and what it is about to delete. See
// standing.ts for those who listen.

import type { Clock } from '../clock.ts';
import { keys } from '../keys.ts';
import { encodeCollection, type CollectionRecord } from '../manifests/collection.ts';
import type { Store } from '../store.ts';

const RENEW_EVERY_MS = 15_000;
/** Well before others take it for silent: no deletion is sent later than this after the record was last renewed. */
const LIMIT_MS = 40_000;

/** Thrown when a collection can't be sure any more that the others know of it. Nothing is lost; begin anew. */
export class CollectionLost extends Error {
  override readonly name = 'CollectionLost';
  readonly retryable = true;
  constructor(got: string) {
    super(`garbage collection: expected to renew its record within ${LIMIT_MS / 1000} s, got ${got}`);
  }
}

export interface Collection {
  /** Says that it is still under way, where that is due. @throws CollectionLost */
  renew(): Promise<void>;
  /** Says what may be deleted from now on, in place of what was said before. @throws CollectionLost */
  announce(batch: readonly string[]): Promise<void>;
  /** Whether a deletion may be sent at this moment. */
  mayDelete(): boolean;
  /** Takes the record away: nothing is under way any more. */
  end(): Promise<void>;
}

export async function openCollection(
  { store, clock }: { store: Store; clock: Clock },
  { id, graceMs, startedMs }: { id: string; graceMs: number; startedMs: number },
): Promise<Collection> {
  const key = keys.collection(id);
  let record: CollectionRecord = {
    schemaVersion: 1,
    kind: 'collection',
    id,
    graceMs,
    startedAt: new Date(startedMs).toISOString(),
    revision: 1,
    batch: [],
  };
  let renewedMs = clock.monotonic();
  const created = await store.putIfAbsent(key, encodeCollection(record));
  if (created.outcome === 'lost') throw new CollectionLost('another of the same id');
  let { etag } = created;
  let writing = Promise.resolve();

  const write = async (batch: readonly string[]): Promise<void> => {
    const sentMs = clock.monotonic();
    if (sentMs - renewedMs > LIMIT_MS) throw new CollectionLost(`silence for ${Math.round(sentMs - renewedMs)} ms`);
    const next = { ...record, batch: [...batch], revision: record.revision + 1 };
    const written = await store.replaceIf(key, encodeCollection(next), etag);
    if (written.outcome === 'lost') throw new CollectionLost('its record taken away');
    record = next;
    ({ etag } = written);
    renewedMs = sentMs;
  };
  /** One write at a time. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    writing = writing.then(work);
    writing.catch(() => undefined);
    return writing;
  };

  return {
    renew: () =>
      inTurn(async () => {
        if (clock.monotonic() - renewedMs >= RENEW_EVERY_MS) await write(record.batch);
      }),
    announce: (batch) => inTurn(() => write(batch)),
    mayDelete: () => clock.monotonic() - renewedMs < LIMIT_MS,
    end: () => store.delete(key),
  };
}
