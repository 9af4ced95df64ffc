// A bucket of a real S3 server as the store contract wants it: two clients, a wire that can be cut, a stranger.

import { randomBytes } from 'node:crypto';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import type { StoreUnderTest } from '../contracts/store-contract.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import type { MinioAddress } from './start-minio.ts';

export async function s3UnderTest(server: MinioAddress): Promise<StoreUnderTest> {
  const options = { ...server, bucket: `contract-${randomBytes(6).toString('hex')}` };
  await createMinioBucket(options);
  await createMinioBucket(options); // safe to repeat
  const proxy = await startFaultyProxy(options.endpoint);
  return {
    store: createMinioStore(options),
    second: createMinioStore(options),
    cuttingNextAnswer: () => {
      proxy.failNext({ kind: 'lost answer' });
      return createMinioStore({ ...options, endpoint: proxy.endpoint });
    },
    withWrongCredentials: () => createMinioStore({ ...options, secretKey: 'not the secret key' }),
    withoutBucket: () => createMinioStore({ ...options, bucket: `gone-${randomBytes(6).toString('hex')}` }),
    close: () => proxy.close(),
  };
}
