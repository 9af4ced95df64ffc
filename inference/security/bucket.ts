// A rate in two numbers: so many a second, and so many at once after a rest.

import type { Clock } from '../../artifacts/clock.ts';

export interface BucketOptions {
  perSecond: number;
  burst: number;
  clock: Clock;
}

export interface Bucket {
  /** @returns false when the rate is used up */
  take(): boolean;
}

export function createBucket({ perSecond, burst, clock }: BucketOptions): Bucket {
  let left = burst;
  let lastMs = clock.monotonic();
  return {
    take() {
      const now = clock.monotonic();
      left = Math.min(burst, left + ((now - lastMs) / 1_000) * perSecond);
      lastMs = now;
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}

/** Addresses whose buckets are remembered; beyond it the one that was quiet longest is forgotten (and full again). */
const MOST_ADDRESSES = 4_096;

/** @returns whether this address may have one more */
export function createAddressBuckets(optionsOf: (address: string) => BucketOptions): (address: string) => boolean {
  const buckets = new Map<string, Bucket>();
  return (address) => {
    const bucket = buckets.get(address) ?? createBucket(optionsOf(address));
    buckets.delete(address);
    buckets.set(address, bucket);
    if (buckets.size > MOST_ADDRESSES) buckets.delete(buckets.keys().next().value!);
    return bucket.take();
  };
}
