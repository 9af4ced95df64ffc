// The store as one actor sees it: every request goes through the scheduler, conditional writes settle as they do over a
// real wire. Underneath lies one memory store, the truth.

import type { MemoryStore } from '../../artifacts/memory-store.ts';
import { settleWrite } from '../../artifacts/settled-write.ts';
import type { ConditionalWrite, ObjectInfo, Store } from '../../artifacts/store.ts';
import type { Actor } from './world.ts';

export interface SimulatedStoreOptions {
  /** Keys on which every conditional write is told it was written, and happens: a broken lease must not matter. */
  lawless?: (key: string) => boolean;
}

export function createSimulatedStore(truth: MemoryStore, actor: Actor, options: SimulatedStoreOptions = {}): Store {
  const lawless = options.lawless ?? (() => false);

  function writeIf(key: string, bytes: Uint8Array, expectedEtag: string | undefined): Promise<ConditionalWrite> {
    const operation = expectedEtag === undefined ? 'putIfAbsent' : 'replaceIf';
    return settleWrite({
      place: { bucket: 'simulated', key, operation },
      bytes,
      expectedEtag,
      clock: actor.clock,
      read: () => actor.request(`get ${key}`, () => truth.get(key)),
      send: () =>
        actor.request(`${operation} ${key}`, async () => {
          const standing = await truth.head(key);
          // The bare condition, as S3 knows it: one's own earlier write is refused, too.
          if (standing?.etag !== expectedEtag && !lawless(key)) return undefined;
          return (await truth.put(key, bytes)).etag;
        }),
    });
  }

  return {
    put: (key, bytes) => actor.request(`put ${key}`, () => truth.put(key, bytes)),
    putIfAbsent: (key, bytes) => writeIf(key, bytes, undefined),
    replaceIf: (key, bytes, etag) => writeIf(key, bytes, etag),
    get: (key) => actor.request(`get ${key}`, () => truth.get(key)),
    head: (key) => actor.request(`head ${key}`, () => truth.head(key)),
    async *list(prefix) {
      yield* await actor.request(`list ${prefix}`, async () => {
        const found: ObjectInfo[] = [];
        for await (const info of truth.list(prefix)) found.push(info);
        return found;
      });
    },
    delete: (key) => actor.request(`delete ${key}`, () => truth.delete(key)),
    refresh: (key) => actor.request(`refresh ${key}`, () => truth.refresh(key)),
    now: () => actor.request('now', () => truth.now()),
  };
}
