// A store in this process's memory: for tests and simulations. ETags are MD5 as in S3, so that A → B → A looks unchanged
// here too.

import { createHash } from 'node:crypto';
import { systemClock, type Clock } from './clock.ts';
import { BucketMissing, type StorePlace } from './errors.ts';
import { checkKey, checkSize, compareKeys, equalBytes, MAX_CONDITIONAL_BYTES, MAX_OBJECT_BYTES } from './limits.ts';
import type { ConditionalWrite, ObjectInfo, Store, StoredObject } from './store.ts';

export interface MemoryStoreOptions {
  clock?: Clock;
  /** For error messages. @default 'memory' */
  bucket?: string;
}

export interface MemoryStore extends Store {
  /** Makes every further call fail with BucketMissing. */
  removeBucket(): void;
}

/** @returns an empty store; its content lives as long as it does */
export function createMemoryStore({ clock = systemClock, bucket = 'memory' }: MemoryStoreOptions = {}): MemoryStore {
  const objects = new Map<string, StoredObject>();
  let removed = false;

  const enter = (operation: string, key?: string): StorePlace => {
    if (key !== undefined) checkKey(key);
    if (removed) throw new BucketMissing({ bucket, key, operation });
    return { bucket, key, operation };
  };
  const write = (key: string, bytes: Uint8Array): StoredObject => {
    const etag = createHash('md5').update(bytes).digest('hex');
    const stored = {
      key,
      bytes: new Uint8Array(bytes), // the caller may reuse his buffer; slice() of a Buffer would not copy
      sizeBytes: bytes.byteLength,
      etag,
      lastModified: new Date(clock.now()),
    };
    objects.set(key, stored);
    return stored;
  };
  const settle = (key: string, bytes: Uint8Array, expectedEtag: string | undefined): ConditionalWrite => {
    const current = objects.get(key);
    if (current?.etag === expectedEtag) return { outcome: 'written', etag: write(key, bytes).etag };
    if (current !== undefined && equalBytes(current.bytes, bytes)) return { outcome: 'written', etag: current.etag };
    return { outcome: 'lost', current: current && copy(current) };
  };

  return {
    async put(key, bytes) {
      checkSize(enter('put', key), bytes.byteLength, MAX_OBJECT_BYTES);
      return infoOf(write(key, bytes));
    },
    async putIfAbsent(key, bytes) {
      checkSize(enter('putIfAbsent', key), bytes.byteLength, MAX_CONDITIONAL_BYTES);
      return settle(key, bytes, undefined);
    },
    async replaceIf(key, bytes, etag) {
      checkSize(enter('replaceIf', key), bytes.byteLength, MAX_CONDITIONAL_BYTES);
      return settle(key, bytes, etag);
    },
    async get(key) {
      enter('get', key);
      const found = objects.get(key);
      return found && copy(found);
    },
    async head(key) {
      enter('head', key);
      const found = objects.get(key);
      return found && infoOf(found);
    },
    async *list(prefix) {
      enter('list');
      const found = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
      for (const key of found) {
        const stored = objects.get(key);
        if (stored !== undefined) yield infoOf(stored);
      }
    },
    async delete(key) {
      enter('delete', key);
      objects.delete(key);
    },
    async refresh(key) {
      enter('refresh', key);
      const found = objects.get(key);
      return found && infoOf(write(key, found.bytes));
    },
    async now() {
      enter('now');
      return clock.now();
    },
    removeBucket() {
      removed = true;
    },
  };
}

function infoOf({ key, sizeBytes, etag, lastModified }: StoredObject): ObjectInfo {
  return { key, sizeBytes, etag, lastModified };
}

function copy(stored: StoredObject): StoredObject {
  return { ...stored, bytes: new Uint8Array(stored.bytes) };
}
