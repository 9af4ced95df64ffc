// Which samples of a dataset have equal pixels: copies within a class, and contradictions between classes. Counts as ingest
// does, and says by name what it only counted.

import { DIGEST_BYTES, type Samples } from './samples.ts';

export interface SamePixels {
  name: string;
  label: number;
  /** The first sample with these pixels. */
  other: string;
  otherLabel: number;
}

export interface SamePixelsFound {
  count: number;
  /** The first of them, in the order of the dataset. */
  first: SamePixels[];
}

export interface SamePixelsFinder {
  /** The next shard of the dataset, in order. */
  add(samples: Samples): void;
  /** Equal pixels, equal class. */
  readonly duplicates: SamePixelsFound;
  /** Equal pixels, different classes. */
  readonly conflicts: SamePixelsFound;
}

/** @param limit how many of each kind are kept by name */
export function findSamePixels(limit: number): SamePixelsFinder {
  const seen = new Map<string, { name: string; label: number }>();
  const duplicates: SamePixelsFound = { count: 0, first: [] };
  const conflicts: SamePixelsFound = { count: 0, first: [] };
  return {
    duplicates,
    conflicts,
    add({ count, labels, digests, names }) {
      for (let i = 0; i < count; i++) {
        const label = labels[i]!;
        const name = names.at(i);
        const digest = digestText(digests, i);
        const first = seen.get(digest);
        if (first === undefined) {
          seen.set(digest, { name, label });
          continue;
        }
        const found = first.label === label ? duplicates : conflicts;
        found.count++;
        if (found.first.length < limit) found.first.push({ name, label, other: first.name, otherLabel: first.label });
      }
    },
  };
}

/** A digest as a short string: a key of maps that sorts as its bytes do. */
export function digestText(digests: Uint8Array, index: number): string {
  return String.fromCharCode(...digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES));
}
