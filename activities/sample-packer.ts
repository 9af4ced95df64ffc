// From a stream of images to shards: gives labels and groups their numbers, counts, finds equal pixels. Nothing of an image
// is kept but its bytes in the one shard that is being written, and what finds its copies: some 60 bytes and its name.

import { createHash, hash } from 'node:crypto';
import type { ArtifactRef } from '../artifacts/store.ts';
import { addCount } from '../ml/dataset/counts.ts';
import { createByteList } from '../ml/dataset/byte-list.ts';
import { createDigestIndex } from '../ml/dataset/digest-index.ts';
import { LARGEST_SAMPLE_BYTES, MAX_NAME_BYTES } from '../ml/dataset/packed-samples.ts';
import { DIGEST_BYTES, MAX_SIDE, NO_GROUP } from '../ml/dataset/samples.ts';
import { createShardWriter } from '../ml/dataset/shard-writer.ts';
import { createTextList } from '../ml/dataset/text-list.ts';
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
  /** The bytes are gone when it has settled. */
  write: (bytes: Uint8Array) => Promise<ArtifactRef>;
  /** Told of each sample whose pixels an earlier sample of another class has. */
  onConflict: (conflict: SamePixels) => void;
}

export function createSamplePacker({ classes, sources, write, onConflict }: PackerOptions) {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const sourceIndices = new Map(sources.map((name, index) => [name, index]));
  const groups = new Map<string, number>();
  const counts: PackedDataset['counts'] = {};
  const pixels = createDigestIndex();
  /** Of the first sample with each of the pixels. */
  const firstLabels = createByteList();
  const firstNames = createTextList();
  const shards: ArtifactRef[] = [];
  const whole = createHash('sha256');
  const shard = createShardWriter(FULL_SHARD_BYTES + LARGEST_SAMPLE_BYTES);
  let sampleCount = 0;
  let duplicates = 0;

  const flush = async (): Promise<void> => {
    if (shard.sizeBytes === 0) return;
    shards.push(await write(shard.take()));
    shard.giveBack();
  };
  const groupIndex = (group: string | undefined): number => {
    if (group === undefined) return NO_GROUP;
    const index = groups.get(group) ?? groups.size;
    groups.set(group, index);
    return index;
  };
  const compare = (item: AcceptedItem, label: number, digest: Uint8Array): void => {
    const next = pixels.size;
    const number = pixels.numberOf(digest);
    if (number === next) {
      firstLabels.pushNumber(label, 1);
      firstNames.push(item.name);
      return;
    }
    const firstLabel = firstLabels.bytes()[number]!;
    if (firstLabel === label) duplicates++;
    else {
      const [other, otherClassName] = [firstNames.at(number), classes[firstLabel]!];
      onConflict({ name: item.name, className: item.className, other, otherClassName });
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
      shard.add({
        name: shortName(item.name),
        image: item.image,
        label,
        source: indexOf(sourceIndices, item.source, 'source'),
        group: groupIndex(item.group),
        splitHint: item.splitHint ?? 'free',
        digest,
      });
      sampleCount++;
      if (shard.sizeBytes >= FULL_SHARD_BYTES) await flush();
    },
    async finish(): Promise<PackedDataset> {
      await flush();
      return { shards, groups: [...groups.keys()], counts, sampleCount, duplicates, pixelDigest: whole.digest('hex') };
    },
  };
}

const hashed = new Uint8Array(2 + MAX_SIDE * MAX_SIDE);

/** The first 16 bytes of SHA-256 over both sides and all pixels. In one call: an object a hash waits long for the collector. */
function pixelDigest({ pixels, width, height }: GrayImage): Uint8Array {
  hashed[0] = width;
  hashed[1] = height;
  hashed.set(pixels, 2);
  return hash('sha256', hashed.subarray(0, 2 + pixels.length), 'buffer').subarray(0, DIGEST_BYTES);
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
