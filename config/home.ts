// Where a checkout keeps its state: endpoints, credentials, logs, databases, reports. Ignored by git.

import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const checkoutFolder: string = dirname(dirname(fileURLToPath(import.meta.url)));

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The home folder: `DIGITFLOW_HOME`, else `.digitflow` in the checkout. It need not exist.
 * A relative `DIGITFLOW_HOME` counts from the checkout, so that every process of a stack means the same folder.
 */
export function homeFolder(environment: Environment = process.env): string {
  const named = environment['DIGITFLOW_HOME'];
  if (named === undefined || named === '') return join(checkoutFolder, '.digitflow');
  return isAbsolute(named) ? resolve(named) : resolve(checkoutFolder, named);
}

/**
 * Where a user's components, downloads and verified blobs lie, shared by all checkouts: `DIGITFLOW_CACHE`, else `digitflow`
 * under `XDG_CACHE_HOME`, else `~/.cache/digitflow`. The bootstrap has the same rule of its own: it runs before this can.
 */
export function cacheFolder(environment: Environment = process.env): string {
  return (
    environment['DIGITFLOW_CACHE'] || join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'digitflow')
  );
}

/** Files and folders of a home that more than one program reads. */
export interface HomePaths {
  home: string;
  /** Addresses of the running stack; written by the supervisor. */
  endpoints: string;
  /** Keys of the object store, mode 0600; written by the supervisor once. */
  credentials: string;
  /** Keys of the object store for inference workers, mode 0600: they expire, and the supervisor renews them. */
  servingKeys: string;
  /** Signs model versions: Ed25519, PKCS #8 in PEM, mode 0600. */
  signingKey: string;
  /** Its public half, SPKI in PEM: readers trust this one. */
  publicKey: string;
  /** The server's own key for TLS, PKCS #8 in PEM, mode 0600. */
  tlsKey: string;
  /** Its self-signed certificate, PEM. */
  tlsCertificate: string;
  /** SHA-256 of the token that clients from elsewhere must send, mode 0600; the token itself is stored nowhere. */
  token: string;
  /** One JSON line an entry, a file a part of the stack. */
  logs: string;
  /** Reports that the CLI fetched for a person. */
  reports: string;
}

export function homePaths(home: string = homeFolder()): HomePaths {
  return {
    home,
    endpoints: join(home, 'endpoints.json'),
    credentials: join(home, 'credentials.json'),
    servingKeys: join(home, 'keys', 'serving-store.json'),
    signingKey: join(home, 'keys', 'signing-key.pem'),
    publicKey: join(home, 'keys', 'signing-key.pub.pem'),
    tlsKey: join(home, 'keys', 'tls-key.pem'),
    tlsCertificate: join(home, 'keys', 'tls-certificate.pem'),
    token: join(home, 'keys', 'token.sha256'),
    logs: join(home, 'logs'),
    reports: join(home, 'reports'),
  };
}
