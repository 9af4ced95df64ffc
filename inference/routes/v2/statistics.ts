// How often and how long each version answered, since this worker started: the numbers of Triton's statistics extension.

import type { ModelStatistics } from './schemas.ts';

type ModelStats = ModelStatistics['model_stats'][number];
type Duration = ModelStats['inference_stats']['success'];

export interface InferenceTimes {
  /** Images in the request. */
  count: number;
  /** Reading the request, waiting for and running the network, writing the answer. */
  ms: { input: number; infer: number; output: number };
}

export interface Statistics {
  succeeded(version: number, times: InferenceTimes): void;
  failed(version: number, ms: number): void;
  /** Of versions that were asked for at least once, and of `versions`; in order. */
  of(name: string, versions: readonly number[]): ModelStats[];
}

const none = (): Duration => ({ count: 0, ns: 0 });

const add = (duration: Duration, ms: number): void => {
  duration.count++;
  duration.ns += Math.round(ms * 1e6);
};

interface Counted {
  lastMs: number;
  images: number;
  success: Duration;
  fail: Duration;
  input: Duration;
  infer: Duration;
  output: Duration;
  batches: Map<
    number,
    { batch_size: number; compute_input: Duration; compute_infer: Duration; compute_output: Duration }
  >;
}

const nothing = (): Counted => ({
  lastMs: 0,
  images: 0,
  success: none(),
  fail: none(),
  input: none(),
  infer: none(),
  output: none(),
  batches: new Map(),
});

/** @param options.now milliseconds since 1970, for people @default Date.now */
export function createStatistics({ now = Date.now }: { now?: () => number } = {}): Statistics {
  const byVersion = new Map<number, Counted>();
  const counted = (version: number): Counted => {
    const found = byVersion.get(version) ?? nothing();
    byVersion.set(version, found);
    return found;
  };
  return {
    succeeded(version, { count, ms }) {
      const stats = counted(version);
      stats.lastMs = now();
      stats.images += count;
      add(stats.success, ms.input + ms.infer + ms.output);
      add(stats.input, ms.input);
      add(stats.infer, ms.infer);
      add(stats.output, ms.output);
      const batch = stats.batches.get(count) ?? {
        batch_size: count,
        compute_input: none(),
        compute_infer: none(),
        compute_output: none(),
      };
      stats.batches.set(count, batch);
      add(batch.compute_input, ms.input);
      add(batch.compute_infer, ms.infer);
      add(batch.compute_output, ms.output);
    },
    failed(version, ms) {
      add(counted(version).fail, ms);
    },
    of: (name, versions) => versions.map((version) => written(name, version, byVersion.get(version) ?? nothing())),
  };
}

function written(name: string, version: number, stats: Counted): ModelStats {
  return {
    name,
    version: String(version),
    last_inference: Math.round(stats.lastMs),
    inference_count: stats.images,
    execution_count: stats.success.count,
    inference_stats: {
      success: stats.success,
      fail: stats.fail,
      // Waiting for a thread is part of compute_infer: the pool is asked once, and nothing is batched across requests.
      queue: none(),
      compute_input: stats.input,
      compute_infer: stats.infer,
      compute_output: stats.output,
      cache_hit: none(),
      cache_miss: none(),
    },
    batch_stats: [...stats.batches.values()].sort((a, b) => a.batch_size - b.batch_size),
  };
}
