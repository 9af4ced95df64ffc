// The port to the object store. It knows objects, bytes and conditions; it does not know what the bytes mean.
// Adapters: minio-store.ts, file-store.ts, memory-store.ts. One contract suite holds for all of them.

/** A pointer to immutable bytes. Only refs, never bytes, cross Temporal. */
export interface ArtifactRef {
  key: string;
  /** Lower-case hex. */
  sha256: string;
  sizeBytes: number;
}

export interface ObjectInfo {
  key: string;
  sizeBytes: number;
  /** The store's own word for this state of the object, without quotes. */
  etag: string;
  lastModified: Date;
}

export interface StoredObject extends ObjectInfo {
  /** At offset 0 of a buffer of their own: any typed array may be laid over them. */
  bytes: Uint8Array;
}

/**
 * `lost` after a lost answer can also mean: written, and then replaced by another. Who must know looks for his mark (a
 * nonce, a moveId) in what stands there now.
 * `lost` carries what stands there instead; undefined when `replaceIf` found nothing.
 */
export type ConditionalWrite =
  { outcome: 'written'; etag: string } | { outcome: 'lost'; current: StoredObject | undefined };

export interface DeleteOptions {
  /**
   * Sends the request once: who is answered knows that none of his is still under way, to delete what is put there later.
   * @default false: an unanswered one is sent again
   */
  once?: boolean;
}

export interface Store {
  /** Writes unconditionally. Safe to retry: same key, same bytes. At most 64 MiB. */
  put(key: string, bytes: Uint8Array): Promise<ObjectInfo>;
  /** Creates the object only where none is. At most 1 MiB. Own earlier write (equal bytes) counts as `written`. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<ConditionalWrite>;
  /** Replaces the object only while its ETag is `etag`. At most 1 MiB. Own earlier write counts as `written`. */
  replaceIf(key: string, bytes: Uint8Array, etag: string): Promise<ConditionalWrite>;
  get(key: string): Promise<StoredObject | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Every object under the prefix, in key order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Deletes the object; nothing happens where none is. */
  delete(key: string, options?: DeleteOptions): Promise<void>;
  /**
   * Makes the object as young as one just written; bytes and ETag stay as they are. Only for objects that never change: a
   * replacement at the same moment could be undone.
   * @returns undefined where there is none
   */
  refresh(key: string): Promise<ObjectInfo | undefined>;
  /** The store's own time in ms since 1970, by which it dates objects. Right to two seconds. */
  now(): Promise<number>;
}
