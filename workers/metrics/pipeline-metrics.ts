// What a pipeline worker counts, in Prometheus' format. The names stand in docs/operations.md and in the dashboard.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StepMetrics } from '../../activities/step-metrics.ts';
import type { StoreCall } from '../../artifacts/metered-store.ts';

export interface PipelineMetrics extends StepMetrics {
  storeCall(call: StoreCall): void;
  /** A blob was looked for among the local files. */
  cacheLookup(isThere: boolean): void;
  /** All of it in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** From a step that is found finished to a day of training. */
const STEP_SECONDS = [0.05, 0.2, 1, 5, 15, 30, 60, 300, 1_200, 3_600, 14_400, 86_400];
const STORE_SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30];
/** Heartbeats are half a second apart; after ten seconds without one a step is given to another worker. */
const GAP_SECONDS = [0.6, 1, 2, 4, 8, 10];

export interface BuildInfo {
  version: string;
  commit: string;
}

export function createPipelineMetrics({ version, commit }: BuildInfo): PipelineMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const info = new Gauge({
    name: 'digitflow_worker_info',
    help: 'The worker that answers.',
    labelNames: ['version', 'commit'],
    registers,
  });
  info.set({ version, commit }, 1);
  const steps = new Counter({
    name: 'digitflow_steps_total',
    help: 'Attempts at steps of the pipeline by how they ended.',
    labelNames: ['step', 'state'],
    registers,
  });
  const stepSeconds = new Histogram({
    name: 'digitflow_step_seconds',
    help: 'How long steps took.',
    labelNames: ['step', 'state'],
    buckets: STEP_SECONDS,
    registers,
  });
  const gaps = new Histogram({
    name: 'digitflow_heartbeat_gap_seconds',
    help: 'From one heartbeat of a step to the next.',
    buckets: GAP_SECONDS,
    registers,
  });
  const rate = new Gauge({
    name: 'digitflow_train_samples_per_second',
    help: 'How fast the trainer is; 0 without one.',
    registers,
  });
  const parked = new Counter({
    name: 'digitflow_parked_total',
    help: 'Steps that began to wait for a person.',
    labelNames: ['step'],
    registers,
  });
  const published = new Counter({
    name: 'digitflow_published_total',
    help: 'Steps publish by what became of the alias.',
    labelNames: ['gate'],
    registers,
  });
  const calls = new Counter({
    name: 'digitflow_store_calls_total',
    help: 'Calls of the object store.',
    labelNames: ['operation', 'outcome'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'digitflow_store_seconds',
    help: 'How long calls of the object store took, tries included.',
    labelNames: ['operation'],
    buckets: STORE_SECONDS,
    registers,
  });
  const bytes = new Counter({
    name: 'digitflow_store_bytes_total',
    help: 'Bytes to and from the object store.',
    labelNames: ['direction'],
    registers,
  });
  const lookups = new Counter({
    name: 'digitflow_cache_lookups_total',
    help: 'Blobs that were looked for among the local files.',
    labelNames: ['outcome'],
    registers,
  });

  return {
    stepEnded({ step, state, seconds }) {
      steps.inc({ step, state });
      stepSeconds.observe({ step, state }, seconds);
    },
    heartbeatGap: (seconds) => gaps.observe(seconds),
    trainRate: (samplesPerSecond) => rate.set(samplesPerSecond ?? 0),
    parked: (step) => parked.inc({ step }),
    published: (gate) => published.inc({ gate }),
    storeCall({ operation, outcome, seconds, readBytes, writtenBytes }) {
      calls.inc({ operation, outcome });
      callSeconds.observe({ operation }, seconds);
      if (readBytes > 0) bytes.inc({ direction: 'read' }, readBytes);
      if (writtenBytes > 0) bytes.inc({ direction: 'written' }, writtenBytes);
    },
    cacheLookup: (isThere) => lookups.inc({ outcome: isThere ? 'hit' : 'miss' }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
