// Images under a prefix of a bucket, with one folder a class. The listing of keys, ETags and sizes pins the content; each
// object is held to it when it is read.

import { createHash } from 'node:crypto';
import { canonicalJson } from '../../artifacts/canonical.ts';
import type { ObjectInfo, Store } from '../../artifacts/store.ts';
import { SourceChanged, SourceNotAllowed, SourceNotFound } from '../errors.ts';
import { safePath } from './archives/entry.ts';
import { findClassFolders, groupOf, isClutter, type ClassFolders } from './class-folders.ts';
import { MAX_FILE_BYTES, tooManyBytes } from './decode.ts';
import { decodeInOrder, type RawItem } from './decode-in-order.ts';
import type { Source, SourceContext } from './source.ts';

/** Small objects: what costs time is the way to the store and back. */
const READ_AT_ONCE = 8;
/** As many as an archive may have. */
const MAX_OBJECTS = 1_000_000;

export interface S3Options {
  bucket: string;
  /** Empty: the whole bucket. */
  prefix: string;
  /** Buckets that this worker may read. */
  allowedBuckets: readonly string[];
  /** Called for an allowed bucket only. */
  openBucket: (bucket: string) => Pick<Store, 'list' | 'get'>;
}

/** A path with `/` from the prefix on, and what the store says of the object. */
interface Listed {
  path: string;
  object: ObjectInfo;
}

/**
 * @throws (from `open` and `identity`) SourceNotAllowed, SourceNotFound, UnsafeArchive for a key such as `a/../b`, the
 *   store's errors; (from `open`) every error of class folders; (while reading) SourceChanged
 */
export function s3Source({ bucket, prefix, allowedBuckets, openBucket }: S3Options): Source {
  const below = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const where = `s3://${bucket}/${below}`;
  const open = (): Pick<Store, 'list' | 'get'> => {
    if (allowedBuckets.includes(bucket)) return openBucket(bucket);
    throw new SourceNotAllowed(
      `${where}: expected a bucket of DIGITFLOW_S3_SOURCES of the worker, ` +
        (allowedBuckets.length === 0 ? 'which is empty' : `which names ${allowedBuckets.join(', ')}`),
    );
  };
  return {
    kind: 's3',
    name: below.split('/').at(-2) ?? bucket,
    splitHints: false,
    async identity({ signal }) {
      const listing = createHash('sha256');
      const objects = await list(open(), below, where, signal);
      for (const { path, object } of objects)
        listing.update(`${canonicalJson([path, object.etag, object.sizeBytes])}\n`);
      return { kind: 's3', objects: objects.length, listing: listing.digest('hex') };
    },
    async open(context) {
      const store = open();
      const objects = await list(store, below, where, context.signal);
      const folders = findClassFolders(
        objects.map(({ path }) => path),
        [],
        where,
      );
      return {
        classes: folders.classes,
        parts: [{ name: 's3', kind: 's3', licences: [] }],
        complete: true,
        total: objects.length,
        items: () => decodeInOrder(readObjects(store, objects, folders, context), { source: 's3', pool: context.pool }),
      };
    },
  };
}

/** In the order of paths as a folder has it. */
async function list(store: Pick<Store, 'list'>, below: string, where: string, signal: AbortSignal): Promise<Listed[]> {
  const listed: Listed[] = [];
  for await (const object of store.list(below)) {
    signal.throwIfAborted();
    const key = object.key.slice(below.length);
    if (key === '' || key.endsWith('/')) continue; // made by programs that show a bucket as folders
    const path = safePath(key, where);
    if (isClutter(path)) continue;
    listed.push({ path, object });
    if (listed.length > MAX_OBJECTS)
      throw new SourceNotFound(`${where}: expected at most ${MAX_OBJECTS} objects, got more`);
  }
  return listed.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function* readObjects(
  store: Pick<Store, 'get'>,
  objects: readonly Listed[],
  folders: ClassFolders,
  context: SourceContext,
): AsyncGenerator<RawItem> {
  for (let from = 0; from < objects.length; from += READ_AT_ONCE) {
    context.signal.throwIfAborted();
    const some = objects.slice(from, from + READ_AT_ONCE);
    const contents = await Promise.all(some.map(({ object }) => readObject(store, object)));
    for (const [i, { path, object }] of some.entries()) {
      const bytes = contents[i]!;
      await context.keep(path, bytes);
      const className = folders.classOf(path);
      const name = className === undefined ? path : folders.shortName(path);
      if (className === undefined)
        yield {
          name,
          rejected: { reason: 'outside-class-folder', detail: 'expected a file in one of the class folders' },
        };
      else if (bytes === null) yield { name, rejected: tooManyBytes(object.sizeBytes) };
      else yield { name, className, group: groupOf(path.slice(path.lastIndexOf('/') + 1)), bytes };
    }
  }
}

/** @returns null for what is far too large for a picture of a digit @throws SourceChanged */
async function readObject(store: Pick<Store, 'get'>, { key, etag, sizeBytes }: ObjectInfo): Promise<Uint8Array | null> {
  if (sizeBytes > MAX_FILE_BYTES) return null;
  const found = await store.get(key);
  if (found?.etag === etag) return found.bytes;
  throw new SourceChanged(
    `${key}: expected the object that was listed, with ETag ${etag}, got ${found === undefined ? 'none' : found.etag}`,
  );
}
