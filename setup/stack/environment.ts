// What the parts see of the environment.

import { pathToFileURL } from 'node:url';
import type { StoreConnection, TemporalConnection } from '../../config/connection.ts';
import type { Environment } from '../../config/home.ts';

/** Variables that would turn a server of ours into something else, or tell it what is none of its business. */
const NOT_FOR_SERVERS = /^(TEMPORAL_|MINIO_|AWS_|S3_|DIGITFLOW_|NODE_)/;

export function serverEnvironment(environment: Environment, own: Environment = {}): Environment {
  const kept = Object.entries(environment).filter(([name]) => !NOT_FOR_SERVERS.test(name));
  return { ...Object.fromEntries(kept), ...own };
}

/** How a worker reaches Temporal and the store: by environment, because a command line can be read by every user. */
export function workerEnvironment(
  environment: Environment,
  { home, temporal, store }: { home: string; temporal: TemporalConnection; store: StoreConnection },
): Environment {
  return {
    ...environment,
    DIGITFLOW_HOME: home,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TEMPORAL_UI_URL: temporal.uiUrl,
    ...(store.kind === 'file'
      ? { S3_ENDPOINT: storeUrl(store) }
      : {
          S3_ENDPOINT: store.endpoint,
          S3_BUCKET: store.bucket,
          S3_REGION: store.region,
          S3_ACCESS_KEY: store.accessKey,
          S3_SECRET_KEY: store.secretKey,
        }),
  };
}

/** The same for a worker that only serves: a file of keys that are renewed stands in for those that may do everything. */
export function servingEnvironment(workers: Environment, keysFile: string): Environment {
  const { S3_ACCESS_KEY: _access, S3_SECRET_KEY: _secret, ...rest } = workers;
  return { ...rest, S3_KEYS_FILE: keysFile };
}

/** One URL for a store, without its keys: `http://127.0.0.1:9000/digitflow` or `file:///…`. */
export function storeUrl(store: StoreConnection): string {
  if (store.kind === 'file') return pathToFileURL(store.folder).href;
  return `${store.endpoint.replace(/\/+$/, '')}/${store.bucket}`;
}
