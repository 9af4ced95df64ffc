// The store on MinIO, or any S3 that honours conditional writes. The only importer of the client.

import type { IncomingMessage } from 'node:http';
import { Client, type ClientOptions } from 'minio';
import { CredentialProvider } from 'minio/dist/esm/CredentialProvider.mjs';
import { Credentials } from 'minio/dist/esm/Credentials.mjs';
import { systemClock } from './clock.ts';
import { BucketMissing, StoreUnavailable, type StorePlace } from './errors.ts';
import { checkKey, checkSize, MAX_CONDITIONAL_BYTES, MAX_OBJECT_BYTES, ownBytes } from './limits.ts';
import { isMissingObject, isPreconditionFailed, s3Code, toStoreError } from './minio-errors.ts';
import { createTransport } from './minio-transport.ts';
import { RETRY_DELAYS_MS, settleWrite } from './settled-write.ts';
import type { ConditionalWrite, ObjectInfo, Store, StoredObject } from './store.ts';

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
  /** How long a request may carry no byte. @default 30_000: a busy disk may take seconds to sync */
  timeoutMs?: number;
}

/** Makes the bucket where it is missing. @throws StoreUnavailable, StoreAccessDenied */
export async function createMinioBucket(options: MinioStoreOptions): Promise<void> {
  const { bucket, region = 'us-east-1' } = options;
  const client = connect(options);
  try {
    if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket, region);
  } catch (error) {
    if (s3Code(error) === 'BucketAlreadyOwnedByYou') return; // another process was faster
    throw toStoreError({ bucket, operation: 'make' }, error);
  }
}

/**
 * Opens the store; nothing is sent before the first call.
 * Every call throws StoreUnavailable (retryable), StoreAccessDenied, BucketMissing, StoreFull, StoreRefused, InvalidKey or
 * ObjectTooLarge. Calls that were not answered are sent again, a little later, twice.
 */
export function createMinioStore(options: MinioStoreOptions): Store {
  const { bucket } = options;
  const client = connect(options);

  /** Sends until answered. @returns undefined when there is no such object */
  async function ask<Result>(place: StorePlace, send: () => Promise<Result>): Promise<Result | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await send();
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        const storeError = toStoreError(place, error);
        const delayMs = RETRY_DELAYS_MS[attempt];
        if (!(storeError instanceof StoreUnavailable) || delayMs === undefined) throw storeError;
        await systemClock.sleep(delayMs);
      }
    }
  }

  /** A HEAD can't say what is missing, so the bucket is asked for, too. */
  async function missing(place: StorePlace): Promise<undefined> {
    if ((await ask(place, () => client.bucketExists(bucket))) !== true) throw new BucketMissing(place);
    return undefined;
  }

  async function get(key: string, operation: string): Promise<StoredObject | undefined> {
    return ask({ bucket, key, operation }, async () => {
      const answer = (await client.getObject(bucket, key)) as IncomingMessage;
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const bytes = ownBytes(Buffer.concat(chunks));
      const { etag = '', 'last-modified': lastModified = 0 } = answer.headers;
      return {
        key,
        bytes,
        sizeBytes: bytes.byteLength,
        etag: etag.replaceAll('"', ''),
        lastModified: new Date(lastModified),
      };
    });
  }

  async function head(key: string, operation: string): Promise<ObjectInfo | undefined> {
    const place = { bucket, key, operation };
    const found = await ask(place, () => client.statObject(bucket, key));
    if (found === undefined) return missing(place);
    return { key, sizeBytes: found.size, etag: found.etag, lastModified: found.lastModified };
  }

  async function putOn(
    place: StorePlace & { key: string },
    bytes: Uint8Array,
    expectedEtag: string | undefined,
  ): Promise<ConditionalWrite> {
    const { key, operation } = place;
    checkKey(key);
    checkSize(place, bytes.byteLength, MAX_CONDITIONAL_BYTES);
    const condition = expectedEtag === undefined ? { 'If-None-Match': '*' } : { 'If-Match': `"${expectedEtag}"` };
    return settleWrite({
      place,
      bytes,
      expectedEtag,
      clock: systemClock,
      read: () => get(key, operation),
      async send() {
        try {
          return (await client.putObject(bucket, key, asBuffer(bytes), bytes.byteLength, condition)).etag;
        } catch (error) {
          // If-Match on nothing is answered by "no such key".
          if (isPreconditionFailed(error) || isMissingObject(error)) return undefined;
          throw toStoreError(place, error);
        }
      },
    });
  }

  return {
    async put(key, bytes) {
      const place = { bucket, key, operation: 'put' };
      checkKey(key);
      checkSize(place, bytes.byteLength, MAX_OBJECT_BYTES);
      const written = await ask(place, () => client.putObject(bucket, key, asBuffer(bytes), bytes.byteLength));
      if (written === undefined) throw new BucketMissing(place);
      return { key, sizeBytes: bytes.byteLength, etag: written.etag, lastModified: new Date() };
    },
    putIfAbsent: (key, bytes) => putOn({ bucket, key, operation: 'putIfAbsent' }, bytes, undefined),
    replaceIf: (key, bytes, etag) => putOn({ bucket, key, operation: 'replaceIf' }, bytes, etag),
    async get(key) {
      checkKey(key);
      return get(key, 'get');
    },
    async head(key) {
      checkKey(key);
      return head(key, 'head');
    },
    async *list(prefix) {
      const place = { bucket, operation: `list ${prefix}` };
      let startAfter = '';
      for (;;) {
        // A page at a time, each asked for again when it is not answered; a stream would have to begin anew.
        const page = await ask(place, () => client.listObjectsV2Query(bucket, prefix, '', '', 1000, startAfter));
        if (page === undefined) throw new BucketMissing(place);
        for (const { name, size, etag, lastModified } of page.objects) {
          if (name === undefined) continue;
          startAfter = name;
          yield { key: name, sizeBytes: size, etag: etag ?? '', lastModified: new Date(lastModified ?? 0) };
        }
        if (!page.isTruncated || page.objects.length === 0) return;
      }
    },
    async delete(key) {
      checkKey(key);
      await ask({ bucket, key, operation: 'delete' }, () => client.removeObject(bucket, key));
    },
  };
}

function connect({
  endpoint,
  accessKey,
  secretKey,
  sessionToken,
  freshKeys,
  region = 'us-east-1',
  timeoutMs = 30_000,
}: MinioStoreOptions): Client {
  const url = new URL(endpoint);
  const secure = url.protocol === 'https:';
  const { transport, agent } = createTransport(secure, timeoutMs);
  return new Client({
    endPoint: url.hostname.replace(/^\[|\]$/g, ''), // the client wants IPv6 without brackets
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    useSSL: secure,
    accessKey,
    secretKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(freshKeys !== undefined && { credentialsProvider: providerOf(freshKeys) }),
    region, // named, or the client asks for it before the first request
    partSize: MAX_OBJECT_BYTES, // one PUT an object, always
    // The client's own retry can't tell a write that landed from one that was refused, and loses the reason.
    retryOptions: { disableRetry: true },
    transport,
    transportAgent: agent,
  });
}

type CredentialsProvider = NonNullable<ClientOptions['credentialsProvider']>;

/** The client's own class, because it asks for one: a request is signed with the keys of its own moment. */
class FreshKeys extends CredentialProvider {
  readonly #read: () => StoreKeys | Promise<StoreKeys>;
  constructor(read: () => StoreKeys | Promise<StoreKeys>) {
    super({ accessKey: '', secretKey: '' });
    this.#read = read;
  }
  override async getCredentials(): Promise<Credentials> {
    const { accessKey, secretKey, sessionToken } = await this.#read();
    return new Credentials({ accessKey, secretKey, ...(sessionToken !== undefined && { sessionToken }) });
  }
}

/** The package declares its classes twice, and takes the two for different ones. */
function providerOf(read: NonNullable<MinioStoreOptions['freshKeys']>): CredentialsProvider {
  return new FreshKeys(read) as unknown as CredentialsProvider;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
