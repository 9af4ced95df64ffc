// The store on MinIO, or any S3 that honours conditional writes.

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { systemClock } from './clock.ts';
import { BucketMissing, StoreUnavailable, type StorePlace } from './errors.ts';
import { checkKey, checkSize, equalBytes, MAX_CONDITIONAL_BYTES, MAX_OBJECT_BYTES, ownBytes } from './limits.ts';
import { parseListAnswer, type ListAnswer } from './list-answer.ts';
import { isMissingObject, isPreconditionFailed, s3Code, toStoreError } from './minio-errors.ts';
import { connect, type MinioStoreOptions } from './minio-store-client.ts';
import { RETRY_DELAYS_MS, settleWrite } from './settled-write.ts';
import { createStoreTime } from './store-time.ts';
import type { ConditionalWrite, ObjectInfo, Store, StoredObject } from './store.ts';

/** Makes the bucket where it is missing. @throws StoreUnavailable, StoreAccessDenied */
export async function createMinioBucket(options: MinioStoreOptions): Promise<void> {
  const { bucket, region = 'us-east-1' } = options;
  const { open, clockAheadMs } = connect(options);
  try {
    const client = await open();
    if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket, region);
  } catch (error) {
    if (s3Code(error) === 'BucketAlreadyOwnedByYou') return; // another process was faster
    throw toStoreError({ bucket, operation: 'make' }, error, clockAheadMs());
  }
}

/**
 * Opens the store; nothing is sent before the first call.
 * Every call throws StoreUnavailable, StoreFull or StoreClockSkewed (retryable), StoreAccessDenied, BucketMissing,
 * StoreRefused, InvalidKey or ObjectTooLarge. Calls that were not answered are sent again, a little later, twice.
 */
export function createMinioStore(options: MinioStoreOptions): Store {
  const { bucket } = options;
  const { open, clockAheadMs } = connect(options);
  const storeTime = createStoreTime(systemClock);
  /** Not of every server, and not of objects that it encrypts: found out by the first one read. */
  let etagsAreMd5 = true;

  /** Sends until answered. @returns undefined when there is no such object */
  async function ask<Result>(
    place: StorePlace,
    send: () => Promise<Result>,
    attempts = RETRY_DELAYS_MS.length + 1,
  ): Promise<Result | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await send();
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        const storeError = toStoreError(place, error, clockAheadMs());
        if (!(storeError instanceof StoreUnavailable) || attempt + 1 >= attempts) throw storeError;
        await systemClock.sleep(RETRY_DELAYS_MS[attempt]!);
      }
    }
  }

  /** A HEAD can't say what is missing, so the bucket is asked for, too. */
  async function missing(place: StorePlace): Promise<undefined> {
    if ((await ask(place, async () => (await open()).bucketExists(bucket))) !== true) throw new BucketMissing(place);
    return undefined;
  }

  /** Bytes that were spoilt on their way are asked for again; those that stand so in the store are given as they are. */
  async function get(key: string, operation: string): Promise<StoredObject | undefined> {
    const place = { bucket, key, operation };
    let before: Uint8Array | undefined;
    return ask(place, async () => {
      const answer = (await (await open()).getObject(bucket, key)) as IncomingMessage;
      const bytes = ownBytes(await bodyOf(answer));
      const dated = datedBy(answer.headers);
      if (etagsAreMd5 && md5Of(bytes) !== dated.etag) {
        const isTwiceTheSame = before !== undefined && equalBytes(before, bytes);
        before = bytes;
        if (!isTwiceTheSame) throw new StoreUnavailable(place, 'bytes that are not those of their ETag');
        etagsAreMd5 = false;
      }
      return { key, bytes, sizeBytes: bytes.byteLength, ...dated };
    });
  }

  async function head(key: string, operation: string): Promise<ObjectInfo | undefined> {
    const place = { bucket, key, operation };
    const found = await ask(place, async () =>
      (await open()).makeRequestAsyncOmit({ method: 'HEAD', bucketName: bucket, objectName: key }),
    );
    if (found === undefined) return missing(place);
    return { key, sizeBytes: Number(found.headers['content-length']), ...datedBy(found.headers) };
  }

  /** What an answer's headers say of an object; its date is noted. */
  function datedBy({ date, etag = '', 'last-modified': lastModified }: IncomingHttpHeaders) {
    storeTime.note(date);
    return { etag: etag.replaceAll('"', ''), lastModified: new Date(lastModified ?? 0) };
  }

  const isOfThisSecond = ({ lastModified }: ObjectInfo): boolean =>
    (storeTime.now() ?? Infinity) - lastModified.getTime() < 2_000;

  /** The server copies; S3 allows it where something about the object changes, which its metadata here does in name. */
  async function copyOntoItself({ key, ...place }: StorePlace & { key: string }): Promise<true> {
    const copySource = encodeURI(`/${bucket}/${key}`).replace(/[!'()*+&$@=:;,?#]/g, escapeForQuery);
    const headers = { 'x-amz-copy-source': copySource, 'x-amz-metadata-directive': 'REPLACE' };
    const request = { method: 'PUT', bucketName: bucket, objectName: key, headers };
    const answer = (await bodyOf(await (await open()).makeRequestAsync(request))).toString('utf8');
    // An error may come after the status was sent, as the body of a 200.
    if (!answer.includes('<CopyObjectResult')) throw new StoreUnavailable({ ...place, key }, answer.slice(0, 200));
    return true;
  }

  async function listPage(prefix: string, startAfter: string): Promise<ListAnswer> {
    const asked = { 'list-type': '2', 'encoding-type': 'url', 'max-keys': '1000', prefix, 'start-after': startAfter };
    const query = Object.entries(asked)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}=${escapeForQuery(value)}`)
      .sort()
      .join('&');
    const answer = await (await open()).makeRequestAsync({ method: 'GET', bucketName: bucket, query });
    return parseListAnswer((await bodyOf(answer)).toString('utf8'));
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
          return (await (await open()).putObject(bucket, key, asBuffer(bytes), bytes.byteLength, condition)).etag;
        } catch (error) {
          // If-Match on nothing is answered by "no such key".
          if (isPreconditionFailed(error) || isMissingObject(error)) return undefined;
          throw toStoreError(place, error, clockAheadMs());
        }
      },
    });
  }

  return {
    async put(key, bytes) {
      const place = { bucket, key, operation: 'put' };
      checkKey(key);
      checkSize(place, bytes.byteLength, MAX_OBJECT_BYTES);
      const written = await ask(place, async () =>
        (await open()).putObject(bucket, key, asBuffer(bytes), bytes.byteLength),
      );
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
        const page = await ask(place, () => listPage(prefix, startAfter));
        if (page === undefined) throw new BucketMissing(place);
        yield* page.objects;
        const last = page.objects.at(-1);
        if (!page.isTruncated || last === undefined) return;
        startAfter = last.key;
      }
    },
    async delete(key, { once = false } = {}) {
      checkKey(key);
      const attempts = once ? 1 : undefined;
      await ask({ bucket, key, operation: 'delete' }, async () => (await open()).removeObject(bucket, key), attempts);
    },
    async refresh(key) {
      checkKey(key);
      const place = { bucket, key, operation: 'refresh' };
      const before = await head(key, 'refresh');
      if (before === undefined || (await ask(place, () => copyOntoItself(place))) === undefined) return undefined;
      const after = await head(key, 'refresh');
      if (after === undefined || after.lastModified > before.lastModified || isOfThisSecond(after)) return after;
      // Not every server dates a copy onto itself anew (versitygw doesn't): then the bytes are put once more.
      const standing = await get(key, 'refresh');
      if (standing === undefined) return undefined;
      await ask(place, async () => (await open()).putObject(bucket, key, asBuffer(standing.bytes), standing.sizeBytes));
      return head(key, 'refresh');
    },
    async now() {
      const known = storeTime.now();
      if (known !== undefined) return known;
      const place = { bucket, operation: 'now' };
      const request = { method: 'HEAD', bucketName: bucket };
      const answer = await ask(place, async () => (await open()).makeRequestAsyncOmit(request));
      if (answer === undefined) throw new BucketMissing(place);
      storeTime.note(answer.headers.date);
      return storeTime.now() ?? Date.now(); // a server that dates no answer dates objects by nobody knows what
    },
  };
}

/** Signatures are made over RFC 3986, which escapes five characters more than JavaScript does. */
const escapeForQuery = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
