// Keys of our own store for those who only serve: they read models, write feedback and summaries, and nothing else. They
// expire; the supervisor renews them in a file, so that a worker goes on without a restart.

import https from 'node:https';
import { trusting } from '../../artifacts/minio-transport.ts';
import type { StoreConnection } from '../../config/connection.ts';
import type { StoreCredentials } from '../../config/endpoints.ts';
import { abortable } from './wait-until.ts';
import { removeIfThere, writeWhole } from './files.ts';

/** Twice as long as a supervisor that was killed is likely to be missed. */
const LIFE_SECONDS = 3_600;
/** Looked at by wall time, often: a machine that slept finds them old as soon as it wakes. */
const LOOK_EVERY_MS = 15_000;
const RENEW_AFTER_MS = (LIFE_SECONDS * 1_000) / 2;
/** The store is on this machine, and up. */
const ANSWER_LIMIT_MS = 10_000;

type OwnStore = Extract<StoreConnection, { kind: 's3' }>;

export interface ServingKeys {
  /** Stops renewing and removes the file. */
  stop(): void;
}

export interface ServingKeysOptions {
  store: OwnStore;
  file: string;
  signal: AbortSignal;
  /** What the keys may do. @default `servingPolicy` of the store's bucket */
  policy?: object;
  /** Told when renewing fails; it is tried again until it works. */
  failed: (reason: string) => void;
  /** Age of keys that are renewed. @default half their life */
  renewAfterMs?: number;
  /** Between looks at their age. @default 15 s */
  lookEveryMs?: number;
}

/** Makes the keys, writes them and keeps them fresh. @throws Error when the store gives none */
export async function keepServingKeys(options: ServingKeysOptions): Promise<ServingKeys> {
  const { store, file, signal, failed, renewAfterMs = RENEW_AFTER_MS, lookEveryMs = LOOK_EVERY_MS } = options;
  const policy = options.policy ?? servingPolicy(store.bucket);
  let madeAtMs = 0;
  let isRenewing = false;
  const renew = async (): Promise<void> => {
    const keys = await abortable(
      assumeRole(store, policy),
      AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
    );
    signal.throwIfAborted();
    writeWhole(file, JSON.stringify(keys));
    madeAtMs = Date.now();
  };
  await renew();
  const timer = setInterval(() => {
    if (isRenewing || Math.abs(Date.now() - madeAtMs) < renewAfterMs) return;
    isRenewing = true;
    renew()
      .catch((error: unknown) => failed(error instanceof Error ? error.message : String(error)))
      .finally(() => (isRenewing = false));
  }, lookEveryMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      removeIfThere(file);
    },
  };
}

/** Temporary keys with the rights of an inference worker, for an hour. */
export const assumeServingRole = (store: OwnStore): Promise<StoreCredentials> =>
  assumeRole(store, servingPolicy(store.bucket));

/** Temporary keys that may do what the policy says, for an hour. */
export async function assumeRole(store: OwnStore, policy: object): Promise<StoreCredentials> {
  const { endpoint, accessKey, secretKey, region, caFile } = store;
  const { AssumeRoleProvider } = await import('minio/dist/esm/AssumeRoleProvider.mjs');
  const provider = new AssumeRoleProvider({
    stsEndpoint: endpoint,
    accessKey,
    secretKey,
    region,
    durationSeconds: LIFE_SECONDS,
    policy: JSON.stringify(policy),
    ...(caFile !== undefined && { transportAgent: new https.Agent(trusting(caFile)) }),
  });
  const keys = await provider.getCredentials();
  return { accessKey: keys.accessKey, secretKey: keys.secretKey, sessionToken: keys.getSessionToken() };
}

/** What an inference worker may do in a bucket, as an S3 policy: use it for keys of your own store, too. */
export function servingPolicy(bucket: string): object {
  const objects = (...prefixes: string[]): string[] => prefixes.map((prefix) => `arn:aws:s3:::${bucket}/${prefix}/*`);
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: objects('models', 'blobs', 'feedback', 'sessions') },
      { Effect: 'Allow', Action: ['s3:PutObject', 's3:DeleteObject'], Resource: objects('feedback', 'sessions') },
      // Names only; without it a store says "forbidden" where an object is simply missing.
      { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [`arn:aws:s3:::${bucket}`] },
    ],
  };
}

/** What pipeline workers and the command line may do in a bucket: everything with its objects, nothing with the bucket. */
export function pipelinePolicy(bucket: string): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
      { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [`arn:aws:s3:::${bucket}`] },
    ],
  };
}
