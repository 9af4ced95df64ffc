// What the machine lets a worker use and is to do: folders and queues, by environment.

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import type { S3Sources } from '../activities/sources/open-source.ts';
import { storeTransportOf, type StoreConnection } from '../config/connection.ts';
import { cacheFolder } from '../config/home.ts';
import { listOf, urlNetworksOf } from '../config/lists.ts';
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
  /** Where the pipeline worker tells its figures and its health. @default nowhere */
  metrics?: { host: string; port: number };
  /** How long running steps may go on after the word to stop, before they are cancelled. @default 1 */
  drainSeconds: number;
  /** Whom to tell what a person should know, and the secret that signs it. @default nobody */
  webhook?: { url: string; secret: string };
  /** Names this worker to Temporal: `pid@host digitflow/version`, the commit is added when it is known. */
  identity: string;
}

/** A day: nothing is trained longer in one step. */
const MOST_DRAIN_SECONDS = 86_400;

/**
 * DIGITFLOW_CACHE (see `cacheFolder`), DIGITFLOW_DATA_ROOTS (separated like PATH),
 * DIGITFLOW_URL_NETWORKS, DIGITFLOW_S3_SOURCES and DIGITFLOW_QUEUES (separated by commas), DIGITFLOW_HEARTBEAT_FILE,
 * DIGITFLOW_WEBHOOK_URL with DIGITFLOW_WEBHOOK_SECRET or …_SECRET_FILE, DIGITFLOW_METRICS_PORT, DIGITFLOW_METRICS_HOST (127.0.0.1), DIGITFLOW_DRAIN_SECONDS, DIGITFLOW_KEPT_SOURCE (set by `digitflow reproduce`).
 * @throws InvalidWorkerSettings
 */
export function workerSettings(environment: NodeJS.ProcessEnv = process.env): WorkerSettings {
  const keptSource = environment['DIGITFLOW_KEPT_SOURCE'] || undefined;
  const heartbeatFile = environment['DIGITFLOW_HEARTBEAT_FILE'] || undefined;
  const urlNetworks = urlNetworksOf(environment);
  const port = wholeNumber(environment, 'DIGITFLOW_METRICS_PORT', 65_535);
  const host = environment['DIGITFLOW_METRICS_HOST'] || '127.0.0.1';
  return {
    ...(port !== undefined && { metrics: { host, port } }),
    ...webhookSettings(environment),
    drainSeconds: wholeNumber(environment, 'DIGITFLOW_DRAIN_SECONDS', MOST_DRAIN_SECONDS) ?? 1,
    identity: `${process.pid}@${hostname()} digitflow/${packageJson.version}`,
    ...(keptSource !== undefined && { keptSource }),
    ...(heartbeatFile !== undefined && { heartbeatFile }),
    queues: queuesOf(environment['DIGITFLOW_QUEUES']),
    urlNetworks,
    cacheFolder: cacheFolder(environment),
    dataRoots: listOf(environment['DIGITFLOW_DATA_ROOTS'], path.delimiter),
  };
}

function webhookSettings(environment: NodeJS.ProcessEnv): Pick<WorkerSettings, 'webhook'> {
  const url = environment['DIGITFLOW_WEBHOOK_URL'] || undefined;
  if (url === undefined) return {};
  const file = environment['DIGITFLOW_WEBHOOK_SECRET_FILE'] || undefined;
  const secret = file === undefined ? environment['DIGITFLOW_WEBHOOK_SECRET'] : readFileSync(file, 'utf8').trim();
  if (!secret)
    throw new InvalidWorkerSettings(
      'DIGITFLOW_WEBHOOK_URL: expected DIGITFLOW_WEBHOOK_SECRET or …_SECRET_FILE beside it',
    );
  // The address is not shown: those of webhooks often hold a secret.
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  const isHere = protocol === 'http:' && /^(localhost|127\..+|\[::1\])$/.test(hostname);
  if (protocol !== 'https:' && !isHere)
    throw new InvalidWorkerSettings('DIGITFLOW_WEBHOOK_URL: expected an https address, or http on this machine');
  return { webhook: { url, secret } };
}

/** How a worker is called where Temporal shows who asks for work: process, machine, version and the commit it runs. */
export function identityOf(identity: string, commit: { commit: string; dirty: boolean } | undefined): string {
  if (commit === undefined) return identity;
  return `${identity} (${commit.commit.slice(0, 7)}${commit.dirty ? '+' : ''})`;
}

function wholeNumber(environment: NodeJS.ProcessEnv, name: string, most: number): number | undefined {
  const text = environment[name] ?? '';
  if (text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new InvalidWorkerSettings(`${name}: expected a whole number from 0 to ${most}, got ${JSON.stringify(text)}`);
}

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
