// Files become pictures, a few ahead, in the order they came: in this thread, and where they are large and many by a pool
// of threads.

import type { DecodePool } from '../threads/decode-pool.ts';
import { decodeImage, isDecodedAtOnce, type Decoded } from './decode.ts';
import type { RejectedItem, SourceItem } from './source.ts';

/** A file of a class before it is decoded, or why it is not. */
export type RawItem = RejectedItem | RawFile;

interface RawFile {
  name: string;
  className: string;
  group: string | undefined;
  bytes: Uint8Array;
}

/** Pictures that sharp decodes side by side: it has four threads, and each may hold a picture of 16 megapixels. */
const AHEAD = 4;
/**
 * Files of digit size stay in this thread: they are a seventh of what an ingest of them does, so that threads gained a
 * tenth of its time at best, for tens of megabytes.
 */
const SMALL_BYTES = 2048;
/** So long larger ones are decoded here: two threads take a quarter of a second of CPU to start. */
const OWN_MS = 300;
/** A batch is full with as many files or bytes: small enough that a few batches cost no memory. */
const BATCH_FILES = 64;
const BATCH_BYTES = 256 * 1024;

export interface DecodeOptions {
  /** Name of the source in its items. */
  source: string;
  /** Threads for PNG and BMP; sharp has its own. What comes out is the same with and without. @default this thread */
  pool?: DecodePool | undefined;
  /** Time that this thread spends on larger files before the pool gets them. @default 300 */
  ownMs?: number;
}

/** Holds a few batches of files and their pictures at most. @throws StepThreadLost */
export async function* decodeInOrder(
  files: AsyncIterable<RawItem>,
  { source, pool, ownMs = OWN_MS }: DecodeOptions,
): AsyncGenerator<SourceItem> {
  const ahead = Math.max(AHEAD, pool?.batches ?? 0);
  const pending: (SourceItem[] | Promise<SourceItem[]>)[] = [];
  let batch: RawFile[] = [];
  let batchBytes = 0;
  let spentMs = 0;
  const flush = (): void => {
    if (batch.length > 0) pending.push(decodeBatch(batch, source, pool!));
    batch = [];
    batchBytes = 0;
  };
  for await (const file of files) {
    const isLarge = pool !== undefined && 'bytes' in file && file.bytes.length >= SMALL_BYTES;
    if (isLarge && spentMs >= ownMs && isDecodedAtOnce(file.bytes)) {
      batch.push(file);
      batchBytes += file.bytes.length;
      if (batch.length === BATCH_FILES || batchBytes >= BATCH_BYTES) flush();
    } else {
      flush();
      const began = isLarge ? performance.now() : 0;
      pending.push(decodeHere(file, source));
      if (isLarge) spentMs += performance.now() - began;
    }
    while (pending.length > ahead) yield* await pending.shift()!;
  }
  flush();
  for (const items of pending) yield* await items;
}

function decodeHere(file: RawItem, source: string): SourceItem[] | Promise<SourceItem[]> {
  if ('rejected' in file) return [file];
  const decoded = decodeImage(file.bytes);
  if (decoded instanceof Promise) return decoded.then((settled) => [toItem(file, settled, source)]);
  return [toItem(file, decoded, source)];
}

function decodeBatch(batch: readonly RawFile[], source: string, pool: DecodePool): Promise<SourceItem[]> {
  const items = pool
    .decode(batch.map(({ bytes }) => bytes))
    .then((decoded) => decoded.map((each, i) => toItem(batch[i]!, each, source)));
  items.catch(() => undefined); // told when its turn comes, which may be after the pool has failed
  return items;
}

function toItem({ name, className, group }: RawFile, decoded: Decoded, source: string): SourceItem {
  if ('reason' in decoded) return { name, rejected: decoded };
  return { name, className, source, image: decoded, ...(group !== undefined && { group }) };
}
