// How a program reaches Temporal and the object store: the environment first, then the files of the home.

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Endpoints, readCredentials, readEndpoints, type StoreCredentials } from './endpoints.ts';
import { type Environment, homeFolder, type HomePaths, homePaths } from './home.ts';
import { namedTemporal, readTemporal, type TemporalConnection } from './temporal.ts';

export type { TemporalConnection };

export type StoreConnection =
  | { kind: 'file'; folder: string }
  | ({
      kind: 's3';
      endpoint: string;
      region: string;
      bucket: string;
      /** Where the bucket's name stands in an address: behind the host, or before its name. @default 'path' */
      addressing?: StoreAddressing;
      /** Absolute path of a PEM file of authorities that are trusted beside the system's. */
      caFile?: string;
      /** Keys that the supervisor renews, instead of the others; asked before every request. */
      freshKeys?: (() => StoreCredentials) | undefined;
    } & StoreCredentials);

export type StoreAddressing = 'path' | 'host';

export interface Connections {
  paths: HomePaths;
  temporal: TemporalConnection;
  store: StoreConnection;
  /** What the home says about the stack; undefined when everything comes from the environment. */
  endpoints: Endpoints | undefined;
}

/** Thrown when neither the environment nor the home says where Temporal or the store is. */
export class NoStack extends Error {
  override readonly name = 'NoStack';
  constructor(missing: string, home: string) {
    super(
      `no stack is running for ${home}: ${missing} is not known.\n` +
        'Start one with `npm start` (in the foreground) or `npx digitflow up` (in the background), ' +
        'or set TEMPORAL_ADDRESS and S3_ENDPOINT to connect to your own.',
    );
  }
}

/** Thrown when a variable about the object store holds what it can't mean. */
export class InvalidStoreSettings extends Error {
  override readonly name = 'InvalidStoreSettings';
  readonly retryable = false;
}

/** Thrown when an S3 endpoint is named but its keys are not. */
export class MissingCredentials extends Error {
  override readonly name = 'MissingCredentials';
  constructor(endpoint: string, credentialsFile: string) {
    super(
      `no keys for the object store at ${endpoint}: expected S3_ACCESS_KEY and S3_SECRET_KEY ` +
        `(or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) in the environment, or the file ${credentialsFile}`,
    );
  }
}

/**
 * Resolves both connections.
 * @param environment what `namedTemporal` reads, TEMPORAL_UI_URL; S3_ENDPOINT (http, https or file URL), S3_BUCKET,
 *   S3_REGION, S3_ADDRESSING, S3_CA_FILE, S3_ACCESS_KEY, S3_SECRET_KEY, S3_SESSION_TOKEN, or S3_KEYS_FILE (JSON, renewed by
 *   others); DIGITFLOW_HOME
 * @throws NoStack, MissingCredentials, InvalidHomeFile, InvalidTemporalSettings, InvalidStoreSettings
 */
export function resolveConnections(environment: Environment = process.env): Connections {
  const paths = homePaths(homeFolder(environment));
  const endpoints = readEndpoints(paths.endpoints);
  return {
    paths,
    endpoints,
    temporal: resolveTemporal(environment, endpoints, paths),
    store: resolveStore(environment, endpoints, paths),
  };
}

/** @throws NoStack, InvalidTemporalSettings */
export function resolveTemporal(
  environment: Environment,
  endpoints: Endpoints | undefined,
  paths: HomePaths,
): TemporalConnection {
  const uiUrl = set(environment, 'TEMPORAL_UI_URL')?.replace(/\/+$/, '');
  const own = namedTemporal(environment);
  if (own !== undefined) return { namespace: 'default', ...own, uiUrl };
  if (endpoints === undefined) throw new NoStack("Temporal's address", paths.home);
  const { temporal: address, namespace, temporalUi, temporalTls } = endpoints;
  return {
    address: address.replace(/^[a-z+]+:\/\//i, '').replace(/\/+$/, ''),
    namespace: set(environment, 'TEMPORAL_NAMESPACE') ?? namespace,
    uiUrl: uiUrl ?? temporalUi?.replace(/\/+$/, ''),
    // Somebody else's server, which the stack was told to use: keys are in no file of the home.
    ...(temporalTls !== undefined && { ...secretsOf(environment), tls: temporalTls }),
  };
}

function secretsOf(environment: Environment): Pick<TemporalConnection, 'apiKey' | 'headers'> {
  const { apiKey, headers } = readTemporal(environment);
  return { ...(apiKey !== undefined && { apiKey }), ...(headers !== undefined && { headers }) };
}

/** Whether the environment, or a profile that it names, says where Temporal is. @throws InvalidTemporalSettings */
export const hasOwnTemporal = (environment: Environment): boolean => namedTemporal(environment) !== undefined;

/** @throws NoStack, MissingCredentials, InvalidHomeFile, InvalidStoreSettings */
export function resolveStore(
  environment: Environment,
  endpoints: Endpoints | undefined,
  paths: HomePaths,
): StoreConnection {
  const own = set(environment, 'S3_ENDPOINT');
  const url = own ?? endpoints?.store;
  if (url === undefined) throw new NoStack("the object store's address", paths.home);
  if (url.startsWith('file:')) return { kind: 'file', folder: fileURLToPath(url) };
  const home = own === undefined ? endpoints : undefined;
  const keysFile = set(environment, 'S3_KEYS_FILE');
  const freshKeys = keysFile === undefined ? undefined : () => requireKeys(keysFile, url);
  const keys =
    freshKeys?.() ??
    pair(environment, 'S3_ACCESS_KEY', 'S3_SECRET_KEY') ??
    // AWS_* are looked at for one's own endpoint only: many shells export them, and the stack's store knows other keys.
    (own === undefined ? undefined : pair(environment, 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY')) ??
    readCredentials(paths.credentials);
  if (keys === undefined) throw new MissingCredentials(url, paths.credentials);
  return {
    kind: 's3',
    endpoint: url,
    bucket: set(environment, 'S3_BUCKET') ?? home?.bucket ?? 'digitflow',
    region:
      set(environment, 'S3_REGION') ??
      (own === undefined ? home?.region : set(environment, 'AWS_REGION')) ??
      'us-east-1',
    accessKey: keys.accessKey,
    secretKey: keys.secretKey,
    ...storeTransport(environment, own === undefined ? home : undefined, url),
    ...(keys.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
    ...(freshKeys !== undefined && { freshKeys }),
  };
}

/** How an S3 is spoken to. What a home recorded counts for the store that it recorded. @throws InvalidStoreSettings */
function storeTransport(environment: Environment, home: Endpoints | undefined, url: string) {
  return storeTransportOf(
    {
      addressing: set(environment, 'S3_ADDRESSING') ?? home?.storeAddressing,
      caFile: set(environment, 'S3_CA_FILE') ?? home?.storeCaFile,
    },
    url,
    'S3_',
  );
}

/**
 * @param prefix of the variables, for the message
 * @throws InvalidStoreSettings
 */
export function storeTransportOf(
  { addressing, caFile }: { addressing?: string | undefined; caFile?: string | undefined },
  endpoint: string,
  prefix: string,
): { addressing?: StoreAddressing; caFile?: string } {
  if (addressing !== undefined && addressing !== 'path' && addressing !== 'host')
    throw new InvalidStoreSettings(`${prefix}ADDRESSING: expected path or host, got ${JSON.stringify(addressing)}`);
  const { protocol, hostname } = new URL(endpoint);
  if (addressing === 'host' && isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)
    throw new InvalidStoreSettings(`${prefix}ADDRESSING=host: expected a host with a name, got ${hostname}`);
  if (caFile !== undefined && protocol !== 'https:')
    throw new InvalidStoreSettings(`${prefix}CA_FILE: expected an https endpoint beside it, got ${endpoint}`);
  return { ...(addressing === 'host' && { addressing }), ...(caFile !== undefined && { caFile: resolve(caFile) }) };
}

/** Read anew each time: a small file, and a renewed key counts from its first moment. */
function requireKeys(file: string, url: string): StoreCredentials {
  const keys = readCredentials(file);
  if (keys === undefined) throw new MissingCredentials(url, file);
  return keys;
}

function pair(environment: Environment, accessName: string, secretName: string): StoreCredentials | undefined {
  const accessKey = set(environment, accessName);
  const secretKey = set(environment, secretName);
  const sessionToken = set(
    environment,
    accessName.replace('ACCESS_KEY_ID', 'SESSION_TOKEN').replace('ACCESS_KEY', 'SESSION_TOKEN'),
  );
  return accessKey === undefined || secretKey === undefined
    ? undefined
    : { accessKey, secretKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** An empty variable counts as unset, as in most shells' scripts. */
function set(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}
