// From where a store is to the store: the one place that knows all adapters.

import { createFileBucket, createFileStore } from './file-store.ts';
import { createMinioBucket, createMinioStore } from './minio-store.ts';
import type { StoreKeys } from './minio-store-client.ts';
import type { Store } from './store.ts';

export type StoreLocation =
  | { kind: 'file'; folder: string }
  | ({
      kind: 's3';
      endpoint: string;
      region: string;
      bucket: string;
      addressing?: 'path' | 'host';
      caFile?: string;
      /** Keys that somebody renews, instead of the others; asked before every request. */
      freshKeys?: (() => StoreKeys) | undefined;
    } & StoreKeys);

/** Opens the store; nothing is asked of it yet. */
export function openStore(location: StoreLocation): Store {
  return location.kind === 'file' ? createFileStore({ root: location.folder }) : createMinioStore(location);
}

/** Makes the bucket (or folder) where it is missing. Safe to repeat. @throws StoreUnavailable, StoreAccessDenied */
export async function createBucket(location: StoreLocation): Promise<void> {
  if (location.kind === 'file') await createFileBucket(location.folder);
  else await createMinioBucket(location);
}
