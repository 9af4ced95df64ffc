// Every record under a prefix. One that can't be read is named instead of hiding all others.

import { InvalidRecord } from './manifests/parse.ts';
import type { Store } from './store.ts';

export async function listRecords<T>(
  store: Store,
  prefix: string,
  parse: (bytes: Uint8Array, key: string) => T,
): Promise<{ records: T[]; damaged: string[] }> {
  const records: T[] = [];
  const damaged: string[] = [];
  for await (const { key } of store.list(prefix)) {
    const found = await store.get(key);
    if (found === undefined) continue; // deleted a moment ago
    try {
      records.push(parse(found.bytes, key));
    } catch (error) {
      if (!(error instanceof InvalidRecord)) throw error;
      damaged.push(key);
    }
  }
  return { records, damaged };
}
