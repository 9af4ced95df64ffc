// How Temporal is reached: address, namespace, TLS, keys. What the environment says, the same as variables for another
// process, and as options for the SDK. The only place that reads certificates or a profile of Temporal's own files.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Environment } from './home.ts';

export interface TemporalConnection {
  /** `host:port`. */
  address: string;
  namespace: string;
  /** Base URL of the web UI, without a slash at its end. */
  uiUrl: string | undefined;
  /** Undefined: in the clear. */
  tls?: TemporalTls;
  /** Sent as `authorization: Bearer …` with every call. */
  apiKey?: string;
  /** Further headers of every call, by lower-case name. */
  headers?: Record<string, string>;
}

export interface TemporalTls {
  /** The name that its certificate must bear. @default the address's */
  serverName?: string;
  /** Who may have signed the server's certificate. @default the authorities that the system trusts */
  authority?: Pem;
  /** Our own certificate and its key, both or none: mutual TLS. */
  certificate?: Pem;
  key?: Pem;
}

/** Text, or the absolute path of a file that holds it. */
export type Pem = { path: string } | { data: string };

/** What one environment says of a Temporal of one's own. */
export type NamedTemporal = Omit<TemporalConnection, 'address' | 'namespace' | 'uiUrl'> & {
  address?: string;
  namespace?: string;
};

/** Thrown when variables or a profile say about Temporal what can't be. Never shows a key. */
export class InvalidTemporalSettings extends Error {
  override readonly name = 'InvalidTemporalSettings';
  readonly retryable = false;
}

/** What Temporal's own library reads from its file and the environment, by the names it has for it. */
interface Profile {
  address?: string;
  namespace?: string;
  apiKey?: string;
  tls?: {
    disabled?: boolean;
    serverName?: string;
    clientCert?: ProfileSource;
    clientKey?: ProfileSource;
    serverCACert?: ProfileSource;
  };
  grpcMeta?: Record<string, string>;
}
type ProfileSource = { path: string } | { data: string | Uint8Array };
type EnvironmentLibrary = {
  loadClientConfigProfile(options: { disableFile: boolean; overrideEnvVars: Record<string, string> }): Profile;
};

/** More than an address and a namespace: only then Temporal's library is loaded, which takes 20 ms. */
const MORE = /^TEMPORAL_(API_KEY|TLS|PROFILE|CONFIG_FILE|GRPC_META_)/;

/**
 * Reads the variables of Temporal's own tools: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS,
 * TEMPORAL_TLS_SERVER_NAME, TEMPORAL_TLS_SERVER_CA_CERT_PATH (or …_DATA), TEMPORAL_TLS_CLIENT_CERT_PATH and …_KEY_PATH (or
 * …_DATA), TEMPORAL_GRPC_META_*. With TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE also the file of profiles, beneath them: a
 * file that only happens to lie there must lead nobody away from the stack of his home.
 * @returns undefined when no address is named
 * @throws InvalidTemporalSettings
 */
export function namedTemporal(environment: Environment): (NamedTemporal & { address: string }) | undefined {
  const { address, ...rest } = readTemporal(environment);
  return address === undefined ? undefined : { ...rest, address };
}

/** The same, when the address is known from elsewhere. @throws InvalidTemporalSettings */
export function readTemporal(environment: Environment): NamedTemporal {
  const variables = setVariables(environment);
  const { address: text, namespace, apiKey, tls, grpcMeta } = readProfile(variables);
  const isSecured =
    tls?.disabled !== true && (tls !== undefined || apiKey !== undefined || /^https:/i.test(text ?? ''));
  const address = text?.replace(/^[a-z+]+:\/\//i, '').replace(/\/+$/, '');
  return {
    ...(address !== undefined && { address }),
    ...(namespace !== undefined && { namespace }),
    ...(isSecured && { tls: tlsOf(tls ?? {}) }),
    ...(apiKey !== undefined && { apiKey }),
    ...(grpcMeta !== undefined && Object.keys(grpcMeta).length > 0 && { headers: renamed(grpcMeta, /_/g, '-') }),
  };
}

function readProfile(variables: Record<string, string>): Profile {
  const plain = { address: variables['TEMPORAL_ADDRESS'], namespace: variables['TEMPORAL_NAMESPACE'] };
  if (!Object.keys(variables).some((name) => MORE.test(name))) return known(plain);
  const require = createRequire(import.meta.url);
  const library = require('@temporalio/envconfig') as EnvironmentLibrary;
  const { TEMPORAL_PROFILE: profile, TEMPORAL_CONFIG_FILE: file } = variables;
  try {
    return library.loadClientConfigProfile({
      disableFile: profile === undefined && file === undefined,
      overrideEnvVars: variables,
    });
  } catch (error) {
    const where = [profile && `TEMPORAL_PROFILE=${profile}`, file && `TEMPORAL_CONFIG_FILE=${file}`];
    const named = where.filter(Boolean).join(', ') || 'TEMPORAL_*';
    // The first line alone: below it the parser quotes the file, which may hold a key.
    throw new InvalidTemporalSettings(`${named}: ${(error as Error).message.split('\n')[0]}`);
  }
}

function tlsOf({ serverName, serverCACert, clientCert, clientKey }: NonNullable<Profile['tls']>): TemporalTls {
  const [authority, certificate, key] = [serverCACert, clientCert, clientKey].map(pemOf);
  if ((certificate === undefined) !== (key === undefined))
    throw new InvalidTemporalSettings(
      'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (or …_DATA, or both in a profile): expected both or none',
    );
  return known({ serverName, authority, certificate, key });
}

function pemOf(source: ProfileSource | undefined): Pem | undefined {
  if (source === undefined) return undefined;
  if ('path' in source) return { path: resolve(source.path) }; // a worker has another working directory
  return { data: typeof source.data === 'string' ? source.data : Buffer.from(source.data).toString('utf8') };
}

/** An empty variable counts as unset, as in most shells' scripts. */
function setVariables(environment: Environment): Record<string, string> {
  const set = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return Object.fromEntries(set);
}

/** Whether runs write search attributes: `DIGITFLOW_SEARCH_ATTRIBUTES=off` is for a Temporal that can't have them. @throws InvalidTemporalSettings */
export function writesSearchAttributes(environment: Environment): boolean {
  const text = environment['DIGITFLOW_SEARCH_ATTRIBUTES'] || 'on';
  if (text !== 'on' && text !== 'off')
    throw new InvalidTemporalSettings(`DIGITFLOW_SEARCH_ATTRIBUTES: expected on or off, got ${JSON.stringify(text)}`);
  return text === 'on';
}

/** Every TEMPORAL_* variable of a process that is to reach this connection, whatever its parent's are. */
export function temporalVariables({
  address,
  namespace,
  uiUrl,
  tls,
  apiKey,
  headers,
}: TemporalConnection): Environment {
  const pem = (name: string, source: Pem | undefined): Environment =>
    source === undefined
      ? {}
      : 'path' in source
        ? { [`${name}_PATH`]: source.path }
        : { [`${name}_DATA`]: source.data };
  return {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_UI_URL: uiUrl,
    ...(tls !== undefined && {
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_SERVER_NAME: tls.serverName,
      ...pem('TEMPORAL_TLS_SERVER_CA_CERT', tls.authority),
      ...pem('TEMPORAL_TLS_CLIENT_CERT', tls.certificate),
      ...pem('TEMPORAL_TLS_CLIENT_KEY', tls.key),
    }),
    // A key alone means TLS, unless that is refused.
    ...(apiKey !== undefined && { TEMPORAL_API_KEY: apiKey, ...(tls === undefined && { TEMPORAL_TLS: 'false' }) }),
    ...Object.fromEntries(
      Object.entries(renamed(headers ?? {}, /-/g, '_')).map(([name, value]) => [
        `TEMPORAL_GRPC_META_${name.toUpperCase()}`,
        value,
      ]),
    ),
  };
}

/** What both of the SDK's connections take: that of clients and the native one of workers. */
export interface TemporalOptions {
  address: string;
  tls:
    | false
    | {
        serverNameOverride?: string;
        serverRootCACertificate?: Uint8Array;
        clientCertPair?: { crt: Uint8Array; key: Uint8Array };
      };
  apiKey?: string;
  metadata?: Record<string, string>;
}

/** Reads the certificates. @throws InvalidTemporalSettings naming the file */
export function temporalOptions({ address, tls, apiKey, headers }: TemporalConnection): TemporalOptions {
  return {
    address,
    tls: tls === undefined ? false : sdkTls(tls),
    ...(apiKey !== undefined && { apiKey }),
    ...(headers !== undefined && { metadata: headers }),
  };
}

function sdkTls({ serverName, authority, certificate, key }: TemporalTls): Exclude<TemporalOptions['tls'], false> {
  return {
    ...(serverName !== undefined && { serverNameOverride: serverName }),
    ...(authority !== undefined && { serverRootCACertificate: readPem(authority, "the server's authority") }),
    ...(certificate !== undefined &&
      key !== undefined && {
        clientCertPair: { crt: readPem(certificate, 'our certificate'), key: readPem(key, 'its key') },
      }),
  };
}

function readPem(source: Pem, what: string): Buffer {
  const named = 'path' in source ? `${what}, ${source.path}` : what;
  let text: string;
  try {
    text = 'path' in source ? readFileSync(source.path, 'utf8') : source.data;
  } catch (error) {
    throw new InvalidTemporalSettings(
      `TLS to Temporal: ${named} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  if (!text.includes('-----BEGIN '))
    throw new InvalidTemporalSettings(`TLS to Temporal: expected ${named} to be PEM, got something else`);
  return Buffer.from(text);
}

const renamed = (fields: Record<string, string>, from: RegExp, to: string): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.replace(from, to), value]));

/** Without what is undefined. */
function known<Fields extends object>(fields: Fields): { [Name in keyof Fields]: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
