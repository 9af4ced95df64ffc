// Labelled gray images side by side in a few flat arrays: one allocation a column, not five objects a sample.

import type { GrayImage } from '../image/gray-image.ts';
import type { Texts } from './text-list.ts';

/** A sample's group when it has none. */
export const NO_GROUP = 0xffffffff;

/** Bytes of a pixel digest: 128 bits, so that two different images of a dataset never meet. */
export const DIGEST_BYTES = 16;

/** The longest side of a sample's image in pixels. */
export const MAX_SIDE = 128;

/** What a source says about the split a sample belongs to: `free` leaves it to the rule. */
export const SPLIT_HINTS = ['free', 'train', 'validation', 'test'] as const;
export type SplitHint = (typeof SPLIT_HINTS)[number];

/** All that splitting needs to know of a dataset. */
export interface SampleColumns {
  count: number;
  /** [count] class indices. */
  labels: Uint8Array;
  /** [count] indices into the dataset's sources. */
  sources: Uint8Array;
  /** [count] indices into the dataset's groups, or NO_GROUP. */
  groups: Uint32Array;
  /** [count] indices into SPLIT_HINTS. */
  splitHints: Uint8Array;
  /** [count, 16] equal for two samples exactly when size and pixels are equal. */
  digests: Uint8Array;
}

export interface Samples extends SampleColumns {
  /** [count] 1 … 128. */
  widths: Uint8Array;
  /** [count] 1 … 128. */
  heights: Uint8Array;
  /** [count] where each sample came from, e.g. a path inside the archive. */
  names: Texts;
  /** [count + 1] where each image begins in `pixels`; the last is the end. */
  offsets: Uint32Array;
  /** All images one after the other, row by row, gray bytes. */
  pixels: Uint8Array;
}

/** One sample before it is packed. */
export interface Sample {
  name: string;
  image: GrayImage;
  label: number;
  source: number;
  /** NO_GROUP where there is none. */
  group: number;
  splitHint: SplitHint;
  /** 16 bytes that stand for size and pixels. */
  digest: Uint8Array;
}

/** The image of one sample: a view, not a copy. */
export function imageOf(samples: Samples, index: number): GrayImage {
  const start = samples.offsets[index];
  const end = samples.offsets[index + 1];
  if (start === undefined || end === undefined) {
    throw new RangeError(`sample index: expected 0 … ${samples.count - 1}, got ${index}`);
  }
  return {
    pixels: samples.pixels.subarray(start, end),
    width: samples.widths[index]!,
    height: samples.heights[index]!,
  };
}

/** Room for what splitting needs to know of `count` samples. */
export function createColumns(count: number): SampleColumns {
  return {
    count,
    labels: new Uint8Array(count),
    sources: new Uint8Array(count),
    groups: new Uint32Array(count),
    splitHints: new Uint8Array(count),
    digests: new Uint8Array(count * DIGEST_BYTES),
  };
}

/**
 * Puts the columns of a shard into those of its dataset, so that the shard can be let go.
 * @param at the number of its first sample
 * @throws RangeError where the dataset has fewer samples
 */
export function copyColumns(shard: SampleColumns, to: SampleColumns, at: number): void {
  to.labels.set(shard.labels, at);
  to.sources.set(shard.sources, at);
  to.groups.set(shard.groups, at);
  to.splitHints.set(shard.splitHints, at);
  to.digests.set(shard.digests, at * DIGEST_BYTES);
}
