// Percentiles of durations in fixed memory, whatever their number.

/** Each bucket is a tenth wider than the one before: percentiles are right to 10 %. */
const GROWTH = 1.1;
const FIRST_MS = 0.1;
/** The last bucket takes everything from 0.1 × 1.1^119 ms ≈ 8 s on. */
const BUCKETS = 120;

const LOG_GROWTH = Math.log(GROWTH);

export interface LatencyHistogram {
  record(durationMs: number): void;
  /** All zero while nothing was recorded. */
  percentiles(): { p50: number; p95: number; p99: number; max: number };
}

export function createLatencyHistogram(): LatencyHistogram {
  const counts = new Uint32Array(BUCKETS);
  let total = 0;
  let max = 0;
  const percentile = (share: number): number => {
    const wanted = share * total;
    let before = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = counts[bucket]!;
      if (count > 0 && before + count >= wanted) {
        const upper = FIRST_MS * GROWTH ** bucket;
        const lower = bucket === 0 ? 0 : upper / GROWTH;
        return Math.min(lower + ((wanted - before) / count) * (upper - lower), max);
      }
      before += count;
    }
    return max;
  };
  return {
    record(durationMs) {
      const bucket = durationMs <= FIRST_MS ? 0 : Math.ceil(Math.log(durationMs / FIRST_MS) / LOG_GROWTH);
      counts[Math.min(bucket, BUCKETS - 1)]!++;
      total++;
      max = Math.max(max, durationMs);
    },
    percentiles: () =>
      total === 0
        ? { p50: 0, p95: 0, p99: 0, max: 0 }
        : {
            p50: inTenths(percentile(0.5)),
            p95: inTenths(percentile(0.95)),
            p99: inTenths(percentile(0.99)),
            max: inTenths(max),
          },
  };
}

const inTenths = (value: number): number => Math.round(value * 10) / 10;
