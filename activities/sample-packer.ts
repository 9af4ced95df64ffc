// From a stream of images to shards: gives labels and groups their numbers, counts, finds equal pixels, and keeps at most
// one shard of pixels in memory.

import { createHash } from 'node:crypto';
import type { ArtifactRef } from '../artifacts/store.ts';
import { addCount } from '../ml/dataset/counts.ts';
import { encodeSamples, MAX_NAME_BYTES, shardBytesOf } from '../ml/dataset/packed-samples.ts';
import { DIGEST_BYTES, NO_GROUP, toSamples, type Sample } from '../ml/dataset/samples.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';
import type { AcceptedItem } from './sources/source.ts';

/** Half of what a shard may hold: a reader keeps several, and the last sample may be large. */
const FULL_SHARD_BYTES = 16 * 1024 * 1024;

export interface SamePixels {
  name: string;
  className: string;
  other: string;
  otherClassName: string;
}

export interface PackedDataset {
  shards: ArtifactRef[];
  /** By index. */
  groups: string[];
  /** Source → class → samples. */
  counts: Record<string, Record<string, number>>;
  sampleCount: number;
  /** Samples whose pixels an earlier sample of the same class has. */
  duplicates: number;
  /** Lower-case hex; over size, pixels and class name of all samples in order. */
  pixelDigest: string;
}

export interface PackerOptions {
  classes: readonly string[];
  /** Names in the order of source indices. */
  sources: readonly string[];
  write: (bytes: Uint8Array) => Promise<ArtifactRef>;
  /** Told of each sample whose pixels an earlier sample of another class has. */
  onConflict: (conflict: SamePixels) => void;
}

export function createSamplePacker({ classes, sources, write, onConflict }: PackerOptions) {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const sourceIndices = new Map(sources.map((name, index) => [name, index]));
  const groups = new Map<string, number>();
  const counts: PackedDataset['counts'] = {};
  /** Pixel digest → the first sample with it. */
  const seen = new Map<string, { name: string; label: number }>();
  const shards: ArtifactRef[] = [];
  const whole = createHash('sha256');
  let pending: Sample[] = [];
  let pendingBytes = 0;
  let sampleCount = 0;
  let duplicates = 0;

  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const bytes = encodeSamples(toSamples(pending));
    pending = [];
    pendingBytes = 0;
    shards.push(await write(bytes));
  };
  const groupIndex = (group: string | undefined): number => {
    if (group === undefined) return NO_GROUP;
    const index = groups.get(group) ?? groups.size;
    groups.set(group, index);
    return index;
  };
  const compare = (item: AcceptedItem, label: number, digest: Uint8Array): void => {
    const key = Buffer.from(digest).toString('latin1');
    const first = seen.get(key);
    if (first === undefined) seen.set(key, { name: item.name, label });
    else if (first.label === label) duplicates++;
    else {
      const otherClassName = classes[first.label]!;
      onConflict({ name: item.name, className: item.className, other: first.name, otherClassName });
    }
  };

  return {
    sampleCount: (): number => sampleCount,
    /** Writes a shard when one is full. */
    async add(item: AcceptedItem): Promise<void> {
      const label = indexOf(labels, item.className, 'class');
      const digest = pixelDigest(item.image);
      whole.update(digest).update(`${item.className}\n`);
      compare(item, label, digest);
      addCount(counts, item.source, item.className);
      const name = shortName(item.name);
      pending.push({
        name,
        image: item.image,
        label,
        source: indexOf(sourceIndices, item.source, 'source'),
        group: groupIndex(item.group),
        splitHint: item.splitHint ?? 'free',
        digest,
      });
      sampleCount++;
      pendingBytes += shardBytesOf(name, item.image.pixels.length);
      if (pendingBytes >= FULL_SHARD_BYTES) await flush();
    },
    async finish(): Promise<PackedDataset> {
      await flush();
      return { shards, groups: [...groups.keys()], counts, sampleCount, duplicates, pixelDigest: whole.digest('hex') };
    },
  };
}

/** The first 16 bytes of SHA-256 over both sides and all pixels. */
function pixelDigest({ pixels, width, height }: GrayImage): Uint8Array {
  return createHash('sha256').update(Uint8Array.of(width, height)).update(pixels).digest().subarray(0, DIGEST_BYTES);
}

function indexOf(indices: ReadonlyMap<string, number>, name: string, what: string): number {
  const index = indices.get(name);
  if (index === undefined) {
    throw new RangeError(`${what} of an item: expected one of ${[...indices.keys()].join(', ')}, got ${name}`);
  }
  return index;
}

/** A name that fits its column: the end of a path tells more than its beginning. */
function shortName(name: string): string {
  if (name.length * 3 <= MAX_NAME_BYTES) return name;
  const end = name.slice(-Math.floor(MAX_NAME_BYTES / 3) + 1);
  return `…${end.replace(/^[\udc00-\udfff]/, '')}`; // half a surrogate pair is no character
}
