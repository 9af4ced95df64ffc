// What the champion is, asked of the store as cheaply as it goes: a HEAD, and the record only when its ETag has changed.

import { keys } from '../../artifacts/keys.ts';
import { readAliases } from '../../artifacts/registry.ts';
import type { Store } from '../../artifacts/store.ts';

export interface Meanings {
  champion: number | undefined;
  candidate: number | undefined;
}

export interface ChampionWatch {
  /** What the aliases mean now. @throws InvalidRecord, and the store's errors */
  look(): Promise<Meanings>;
  /** What they meant at the last look. */
  readonly last: Meanings;
}

export function createChampionWatch(store: Store, model: string): ChampionWatch {
  let etag: string | undefined;
  let last: Meanings = { champion: undefined, candidate: undefined };
  return {
    get last() {
      return last;
    },
    async look() {
      const found = await store.head(keys.aliases(model));
      if (found?.etag === etag) return last;
      // Read after the HEAD: a move between the two gives the next HEAD another ETag.
      const { champion, candidate } = await readAliases(store, model);
      last = { champion, candidate };
      etag = found?.etag;
      return last;
    },
  };
}
