// What the measured programs find: the champion in a store of the bench's own, on disk alone or in a MinIO beside a Temporal.

import { pathToFileURL } from 'node:url';
import { createBucket, openStore } from '../../artifacts/open-store.ts';
import type { Store } from '../../artifacts/store.ts';
import { startMinio } from '../../test/support/start-minio.ts';
import { startTemporalProcess } from '../../test/support/temporal-process.ts';
import { openChampionStore } from '../champion-store.ts';

export interface Place {
  /** Leads programs there. */
  environment: Record<string, string>;
  stop(): Promise<void>;
}

/** The champion, and what is recorded of runs: `digitflow runs` reads it. */
const PREFIXES = ['models/', 'runs/'];
const BLOB = /\bblobs\/sha256\/[0-9a-f]{2}\/[0-9a-f]{64}\b/g;

/** @throws NoStack where there is no champion's store to copy from */
export async function copyChampion(to: Store): Promise<void> {
  const from = openChampionStore();
  const named = new Set<string>();
  for (const prefix of PREFIXES)
    for await (const { key } of from.list(prefix)) {
      const { bytes } = (await from.get(key))!;
      await to.put(key, bytes);
      if (prefix === 'models/') for (const [blob] of Buffer.from(bytes).toString().matchAll(BLOB)) named.add(blob);
    }
  for (const key of named) {
    const blob = await from.get(key);
    if (blob !== undefined) await to.put(key, blob.bytes);
  }
}

/** @throws ExecutableMissing */
export async function withServers(): Promise<Place> {
  const [minio, temporal] = await Promise.all([startMinio(), startTemporalProcess()]);
  const { endpoint, accessKey, secretKey } = minio;
  const location = { kind: 's3', endpoint, accessKey, secretKey, region: 'us-east-1', bucket: 'digitflow' } as const;
  await createBucket(location);
  await copyChampion(openStore(location));
  return {
    environment: {
      S3_ENDPOINT: endpoint,
      S3_BUCKET: location.bucket,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
      TEMPORAL_ADDRESS: temporal.address,
      DIGITFLOW_INFERENCE_TEMPORAL: '1',
    },
    stop: async () => void (await Promise.all([minio.stop(), temporal.stop()])),
  };
}

/** @param folder an empty one */
export async function withFiles(folder: string): Promise<Place> {
  const location = { kind: 'file', folder } as const;
  await createBucket(location);
  await copyChampion(openStore(location));
  return {
    environment: { S3_ENDPOINT: pathToFileURL(folder).href, DIGITFLOW_INFERENCE_TEMPORAL: '0' },
    stop: () => Promise.resolve(),
  };
}
