// What the machine lets a worker use: folders, by environment.

import path from 'node:path';
import type { S3Sources } from '../activities/sources/open-source.ts';
import type { StoreConnection } from '../config/connection.ts';
import { cacheFolder } from '../config/home.ts';

export interface WorkerSettings {
  /** Downloads and verified blobs, shared by all checkouts of a user. */
  cacheFolder: string;
  /** Folders under which paths in a workflow's input must lie. None by default. */
  dataRoots: string[];
  /** Networks, as CIDR, that source `url` may reach besides the public internet. None by default. */
  urlNetworks: string[];
  /** Packages and downloads as an earlier ingest kept them: none is fetched then. */
  keptSource?: string;
}

/**
 * DIGITFLOW_CACHE (see `cacheFolder`), DIGITFLOW_DATA_ROOTS (separated like PATH),
 * DIGITFLOW_URL_NETWORKS (separated by commas), DIGITFLOW_S3_SOURCES (likewise), DIGITFLOW_KEPT_SOURCE (set by `digitflow reproduce`).
 */
export function workerSettings(environment: NodeJS.ProcessEnv = process.env): WorkerSettings {
  const keptSource = environment['DIGITFLOW_KEPT_SOURCE'] || undefined;
  const urlNetworks = listOf(environment['DIGITFLOW_URL_NETWORKS'], ',');
  return {
    ...(keptSource !== undefined && { keptSource }),
    urlNetworks,
    cacheFolder: cacheFolder(environment),
    dataRoots: listOf(environment['DIGITFLOW_DATA_ROOTS'], path.delimiter),
  };
}

const listOf = (text: string | undefined, separator: string): string[] =>
  (text ?? '').split(separator).flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));

/**
 * Buckets by name in DIGITFLOW_S3_SOURCES. They are where the store is, or where DIGITFLOW_S3_SOURCES_ENDPOINT says, with
 * DIGITFLOW_S3_SOURCES_REGION, …_ACCESS_KEY, …_SECRET_KEY and …_SESSION_TOKEN.
 * @throws RangeError when they are named and it can't be told where they are
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
  return { buckets, place: { kind: 's3', endpoint, region: of('REGION') ?? 'us-east-1', ...keys } };
}
