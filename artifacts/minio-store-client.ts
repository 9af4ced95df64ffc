// The MinIO client as the store wants it: one PUT an object, no retries of its own, a time limit. The only importer of it.
// Loaded by the first request: it takes most of a second and 40 MB, and many who name a store never ask it.

import type { Client, ClientOptions } from 'minio';
import { MAX_OBJECT_BYTES } from './limits.ts';
import { createTransport } from './minio-transport.ts';

export interface StoreKeys {
  accessKey: string;
  secretKey: string;
  /** Of keys that expire. */
  sessionToken?: string | undefined;
}

export interface MinioStoreOptions extends StoreKeys {
  /** `http://host:port` or `https://…`. */
  endpoint: string;
  bucket: string;
  /** Asked before every request in place of the keys above: somebody renews them. Cheap, or requests wait for it. */
  freshKeys?: (() => StoreKeys | Promise<StoreKeys>) | undefined;
  /** @default 'us-east-1', which MinIO takes for any */
  region?: string;
  /** Where the bucket's name stands: `https://host/bucket/key` or `https://bucket.host/key`. @default 'path' */
  addressing?: 'path' | 'host';
  /** PEM file of authorities that are trusted beside the system's. @default none */
  caFile?: string;
  /** How long a request may carry no byte. @default 30_000: a busy disk may take seconds to sync */
  timeoutMs?: number;
}

export interface Connected {
  /** The client; the first call loads it. */
  open: () => Promise<Client>;
  /** How far this machine's clock is ahead of the store's; undefined while nothing was answered. */
  clockAheadMs: () => number | undefined;
}

/** @throws UnreadableAuthorities */
export function connect({
  endpoint,
  accessKey,
  secretKey,
  sessionToken,
  freshKeys,
  region = 'us-east-1',
  addressing = 'path',
  caFile,
  timeoutMs = 30_000,
}: MinioStoreOptions): Connected {
  const url = new URL(endpoint);
  const secure = url.protocol === 'https:';
  const { transport, agent, clockAheadMs } = createTransport({ secure, timeoutMs, caFile });
  const make = async (): Promise<Client> => {
    const { Client } = await import('minio');
    return new Client({
      endPoint: url.hostname.replace(/^\[|\]$/g, ''), // the client wants IPv6 without brackets
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      useSSL: secure,
      accessKey,
      secretKey,
      ...(sessionToken !== undefined && { sessionToken }),
      ...(freshKeys !== undefined && { credentialsProvider: await providerOf(freshKeys) }),
      pathStyle: addressing === 'path',
      region, // named, or the client asks for it before the first request
      partSize: MAX_OBJECT_BYTES, // one PUT an object, always
      // The client's own retry can't tell a write that landed from one that was refused, and loses the reason.
      retryOptions: { disableRetry: true },
      transport,
      transportAgent: agent,
    });
  };
  let client: Promise<Client> | undefined;
  return { open: () => (client ??= make()), clockAheadMs };
}

type CredentialsProvider = NonNullable<ClientOptions['credentialsProvider']>;

/**
 * The client's own class, because it asks for one: a request is signed with the keys of its own moment.
 * The package declares its classes twice, and takes the two for different ones.
 */
async function providerOf(read: NonNullable<MinioStoreOptions['freshKeys']>): Promise<CredentialsProvider> {
  const { CredentialProvider } = await import('minio/dist/esm/CredentialProvider.mjs');
  const { Credentials } = await import('minio/dist/esm/Credentials.mjs');
  class FreshKeys extends CredentialProvider {
    override async getCredentials(): Promise<InstanceType<typeof Credentials>> {
      const { accessKey, secretKey, sessionToken } = await read();
      return new Credentials({ accessKey, secretKey, ...(sessionToken !== undefined && { sessionToken }) });
    }
  }
  return new FreshKeys({ accessKey: '', secretKey: '' }) as unknown as CredentialsProvider;
}
