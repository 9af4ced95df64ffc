// What the parts see of the environment.

import { pathToFileURL } from 'node:url';
import type { StoreConnection, TemporalConnection } from '../../config/connection.ts';
import type { Environment } from '../../config/home.ts';
import { temporalVariables } from '../../config/temporal.ts';

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
  // Settings for another Temporal must not reach workers of this one, e.g. an API key beside a server of our own.
  const others = Object.entries(environment).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(others),
    DIGITFLOW_HOME: home,
    ...temporalVariables(temporal),
    ...(store.kind === 'file'
      ? { S3_ENDPOINT: storeUrl(store) }
      : {
          S3_ENDPOINT: store.endpoint,
          S3_BUCKET: store.bucket,
          S3_REGION: store.region,
          S3_ACCESS_KEY: store.accessKey,
          S3_SECRET_KEY: store.secretKey,
          S3_SESSION_TOKEN: store.sessionToken,
          S3_ADDRESSING: store.addressing,
          S3_CA_FILE: store.caFile,
        }),
  };
}

/** The same for a worker that only serves: a file of keys that are renewed stands in for those that may do everything. */
export function servingEnvironment(workers: Environment, keysFile: string): Environment {
  const { S3_ACCESS_KEY: _access, S3_SECRET_KEY: _secret, S3_SESSION_TOKEN: _token, ...rest } = workers;
  return { ...rest, S3_KEYS_FILE: keysFile };
}

/** One URL for a store, without its keys: `http://127.0.0.1:9000/digitflow` or `file:///…`. */
export function storeUrl(store: StoreConnection): string {
  if (store.kind === 'file') return pathToFileURL(store.folder).href;
  return `${store.endpoint.replace(/\/+$/, '')}/${store.bucket}`;
}
