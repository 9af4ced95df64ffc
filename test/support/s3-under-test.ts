// A bucket of a real S3 server as the store contract wants it: two clients, a wire that can be cut, a stranger.

import { randomBytes } from 'node:crypto';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import type { StoreUnderTest } from '../contracts/store-contract.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import type { MinioAddress } from './start-minio.ts';

export async function s3UnderTest(server: MinioAddress): Promise<StoreUnderTest> {
  const options = { ...server, bucket: `contract-${randomBytes(6).toString('hex')}` };
  await createMinioBucket(options);
  await createMinioBucket(options); // safe to repeat
  const proxy = await startCuttingProxy({ host: '127.0.0.1', port: Number(new URL(options.endpoint).port) });
  return {
    store: createMinioStore(options),
    second: createMinioStore(options),
    cuttingNextAnswer: () => {
      proxy.cutNextAnswer();
      return createMinioStore({ ...options, endpoint: `http://127.0.0.1:${proxy.port}` });
    },
    withWrongCredentials: () => createMinioStore({ ...options, secretKey: 'not the secret key' }),
    withoutBucket: () => createMinioStore({ ...options, bucket: `gone-${randomBytes(6).toString('hex')}` }),
    close: () => proxy.close(),
  };
}
