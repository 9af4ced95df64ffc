// A store whose objects can be damaged, also behind an unchanged size and ETag, as a failing disk does it.

import type { Store, StoredObject } from '../../artifacts/store.ts';

export const DAMAGES = ['deleted', 'truncated', 'flipped'] as const;
export type Damage = (typeof DAMAGES)[number];

export interface DamageableStore extends Store {
  /** `flipped`: one bit of what is read differs; HEAD shows nothing. Whoever writes the object anew mends it. */
  damage(key: string, how: Damage): Promise<void>;
}

export function damageableStore(store: Store): DamageableStore {
  const flipped = new Set<string>();
  const read = (found: StoredObject | undefined): StoredObject | undefined => {
    if (found === undefined || !flipped.has(found.key)) return found;
    const bytes = Uint8Array.from(found.bytes);
    const at = Math.floor(bytes.length / 2);
    bytes[at]! ^= 1;
    return { ...found, bytes };
  };
  const mending =
    <Rest extends unknown[], Answer>(write: (key: string, ...rest: Rest) => Promise<Answer>) =>
    async (key: string, ...rest: Rest): Promise<Answer> => {
      const answer = await write(key, ...rest);
      flipped.delete(key);
      return answer;
    };
  return {
    put: mending(store.put.bind(store)),
    putIfAbsent: store.putIfAbsent.bind(store),
    replaceIf: mending(store.replaceIf.bind(store)),
    get: async (key) => read(await store.get(key)),
    head: store.head.bind(store),
    list: store.list.bind(store),
    delete: mending(store.delete.bind(store)),
    refresh: store.refresh.bind(store), // its bytes stay what they are
    now: store.now.bind(store),
    async damage(key, how) {
      if (how === 'flipped') flipped.add(key);
      else if (how === 'deleted') await store.delete(key);
      else {
        const { bytes } = (await store.get(key))!;
        await store.put(key, bytes.subarray(0, bytes.length - 1));
      }
    },
  };
}
