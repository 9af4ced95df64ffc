// The real MinIO that the whole test run shares.

import { randomBytes } from 'node:crypto';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import type { Store } from '../../artifacts/store.ts';
import { sharedServer } from './shared-server.ts';
import type { MinioAddress } from './start-minio.ts';

/** The server that all test files of this run share; made when the first one asks. Use a bucket of your own. */
export function sharedMinio(): Promise<MinioAddress> {
  return sharedServer('minio');
}

/** A store over a new bucket of the shared server. */
export async function openTestStore(): Promise<Store> {
  const options = { ...(await sharedMinio()), bucket: `test-${randomBytes(8).toString('hex')}` };
  await createMinioBucket(options);
  return createMinioStore(options);
}
