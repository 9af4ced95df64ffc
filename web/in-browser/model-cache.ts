// What this browser keeps of a model, by digest: enough to read without a server. What comes out is checked again by
// whoever asked.

const NAME = 'digitflow-model-1';

export interface ModelCache {
  /** Undefined when it is not there. */
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Keeps exactly these, by key, and forgets the rest. */
  replace(entries: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Promise<void>;
}

/** @param origin keys become addresses under it that no server answers */
export async function openModelCache(origin: string): Promise<ModelCache> {
  const cache = await caches.open(NAME);
  const addressOf = (key: string): string => `${origin}/in-browser-cache/${encodeURIComponent(key)}`;
  return {
    async get(key) {
      const kept = await cache.match(addressOf(key));
      return kept === undefined ? undefined : new Uint8Array(await kept.arrayBuffer());
    },
    async replace(entries) {
      for (const [key, bytes] of entries) await cache.put(addressOf(key), new Response(bytes));
      const wanted = new Set(Array.from(entries.keys(), addressOf));
      for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
    },
  };
}
