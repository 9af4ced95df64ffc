// What the machine lets a worker use and is to do: folders and queues, by environment.

import path from 'node:path';
import type { S3Sources } from '../activities/sources/open-source.ts';
import { storeTransportOf, type StoreConnection } from '../config/connection.ts';
import { cacheFolder } from '../config/home.ts';
import { QUEUES } from '../workflows/contract.ts';

export type QueueName = keyof typeof QUEUES;

/** Thrown when a variable of the environment holds what it can't mean. */
export class InvalidWorkerSettings extends Error {
  override readonly name = 'InvalidWorkerSettings';
  readonly retryable = false;
}

export interface WorkerSettings {
  /** Downloads and verified blobs, shared by all checkouts of a user. */
  cacheFolder: string;
  /** Folders under which paths in a workflow's input must lie. None by default. */
  dataRoots: string[];
  /** Networks, as CIDR, that source `url` may reach besides the public internet. None by default. */
  urlNetworks: string[];
  /** Packages and downloads as an earlier ingest kept them: none is fetched then. */
  keptSource?: string;
  /** What the pipeline worker polls. All by default: one process does everything. */
  queues: QueueName[];
  /** A file that the pipeline worker touches every few seconds while it takes work: what a container's health check reads. */
  heartbeatFile?: string;
}

/**
 * DIGITFLOW_CACHE (see `cacheFolder`), DIGITFLOW_DATA_ROOTS (separated like PATH),
 * DIGITFLOW_URL_NETWORKS, DIGITFLOW_S3_SOURCES and DIGITFLOW_QUEUES (separated by commas), DIGITFLOW_HEARTBEAT_FILE,
 * DIGITFLOW_KEPT_SOURCE (set by `digitflow reproduce`).
 * @throws InvalidWorkerSettings
 */
export function workerSettings(environment: NodeJS.ProcessEnv = process.env): WorkerSettings {
  const keptSource = environment['DIGITFLOW_KEPT_SOURCE'] || undefined;
  const heartbeatFile = environment['DIGITFLOW_HEARTBEAT_FILE'] || undefined;
  const urlNetworks = listOf(environment['DIGITFLOW_URL_NETWORKS'], ',');
  return {
    ...(keptSource !== undefined && { keptSource }),
    ...(heartbeatFile !== undefined && { heartbeatFile }),
    queues: queuesOf(environment['DIGITFLOW_QUEUES']),
    urlNetworks,
    cacheFolder: cacheFolder(environment),
    dataRoots: listOf(environment['DIGITFLOW_DATA_ROOTS'], path.delimiter),
  };
}

const listOf = (text: string | undefined, separator: string): string[] =>
  (text ?? '').split(separator).flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));

/**
 * Buckets by name in DIGITFLOW_S3_SOURCES. They are where the store is, or where DIGITFLOW_S3_SOURCES_ENDPOINT says, with
 * DIGITFLOW_S3_SOURCES_REGION, …_ADDRESSING, …_CA_FILE, …_ACCESS_KEY, …_SECRET_KEY and …_SESSION_TOKEN.
 * @throws InvalidStoreSettings; RangeError when they are named and it can't be told where they are
 */
export function s3SourceSettings(
  store: StoreConnection,
  environment: NodeJS.ProcessEnv = process.env,
): S3Sources | undefined {
  const buckets = listOf(environment['DIGITFLOW_S3_SOURCES'], ',');
  if (buckets.length === 0) return undefined;
  const of = (name: string): string | undefined => environment[`DIGITFLOW_S3_SOURCES_${name}`] || undefined;
  const [endpoint, accessKey, secretKey, sessionToken] = ['ENDPOINT', 'ACCESS_KEY', 'SECRET_KEY', 'SESSION_TOKEN'].map(
    of,
  );
  if (endpoint === undefined) {
    if (store.kind !== 's3')
      throw new RangeError(
        'DIGITFLOW_S3_SOURCES: expected DIGITFLOW_S3_SOURCES_ENDPOINT beside it, as the store is no S3',
      );
    const { bucket: _bucket, freshKeys: _keys, ...place } = store;
    return { buckets, place };
  }
  if (accessKey === undefined || secretKey === undefined)
    throw new RangeError('DIGITFLOW_S3_SOURCES_ENDPOINT: expected …_ACCESS_KEY and …_SECRET_KEY beside it');
  const keys = { accessKey, secretKey, ...(sessionToken !== undefined && { sessionToken }) };
  const transport = storeTransportOf(
    { addressing: of('ADDRESSING'), caFile: of('CA_FILE') },
    endpoint,
    'DIGITFLOW_S3_SOURCES_',
  );
  return { buckets, place: { kind: 's3', endpoint, region: of('REGION') ?? 'us-east-1', ...transport, ...keys } };
}

function queuesOf(text: string | undefined): QueueName[] {
  const known = Object.keys(QUEUES) as QueueName[];
  const named = [...new Set(listOf(text, ','))];
  const isKnown = (name: string): name is QueueName => (known as string[]).includes(name);
  const unknown = named.filter((name) => !isKnown(name));
  if (unknown.length > 0)
    throw new InvalidWorkerSettings(
      `DIGITFLOW_QUEUES: expected some of ${known.join(', ')}, got ${unknown.join(', ')}`,
    );
  return named.length === 0 ? known : named.filter(isKnown);
}
