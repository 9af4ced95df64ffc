// What a worker counts, under the names that docs/protocols.md gives. A registry a server: two servers in one process
// (tests, a supervisor) must not add up. Every label has few values; nothing a client sends becomes a label.

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type Protocol = 'v2' | 'v1' | 'predict' | 'websocket';
/** `rejected`: the client's doing (4xx). `overloaded`: refused early. `failed`: ours (5xx). */
export type Outcome = 'ok' | 'rejected' | 'overloaded' | 'failed';
export type DropReason =
  'newer-frame' | 'credit' | 'paused' | 'draining' | 'slow-reader' | 'unreadable' | 'no-model' | 'failed' | 'closed';

export interface RequestFigures {
  protocol: Protocol;
  outcome: Outcome;
  /** A word from the code, never from the request: `unknown-model`, `bad-shape`, … Empty when all went well. */
  reason?: string;
  /** From the request's arrival to its answer. */
  durationMs?: number;
  /** Waiting for a thread. */
  queueMs?: number;
}

export interface FrameFigures {
  /** From receiving the frame to sending its result. */
  ageMs: number;
  queueMs: number;
  /** Labels of its digits; `uncertain` for a digit under the threshold. Empty: the frame counts as `none`. */
  labels: readonly string[];
}

export interface ServingMetrics {
  /** One answered request of a protocol. */
  request(figures: RequestFigures): void;
  frameAnswered(figures: FrameFigures): void;
  framesDropped(reason: DropReason, count: number): void;
  /** Sessions with a socket at this moment. */
  sessions(count: number): void;
  /** The model that answers from now on; the one before is no longer listed. */
  modelInfo(model: { version: number; digest: string }): void;
  /** @param reason the error's class name */
  modelLoadFailed(reason: string): void;
  /** Whether the store answered when it was last asked. */
  storeUp(isUp: boolean): void;
  /** All of it in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** From half a millisecond to a second: a frame should take less than 66 ms. */
const SECONDS = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.1, 0.2, 0.5, 1];

/** @param options.processMetrics also the process's memory, CPU and event loop delay. @default true */
export function createMetrics({ processMetrics = true } = {}): ServingMetrics {
  const registers = [new Registry()];
  const registry = registers[0]!;
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]): Histogram<L> =>
    new Histogram({ name, help, labelNames, registers, buckets: SECONDS });

  const requests = counter('digits_inference_requests_total', 'Requests answered.', ['protocol', 'outcome', 'reason']);
  const duration = histogram('digits_inference_duration_seconds', 'From a request to its answer.', ['protocol']);
  const queue = histogram('digits_inference_queue_seconds', 'Waiting for a thread.', ['protocol']);
  const frames = counter('digits_frames_total', 'Frames of sessions by how they ended.', ['outcome']);
  const dropped = counter('digits_frames_dropped_total', 'Frames answered with a drop.', ['reason']);
  const age = histogram('digits_frame_age_seconds', 'From receiving a frame to sending its result.', []);
  const sessions = new Gauge({ name: 'digits_sessions', help: 'Sessions with a socket.', registers });
  const info = new Gauge({
    name: 'digits_model_info',
    help: 'The model that answers.',
    labelNames: ['version', 'digest'],
    registers,
  });
  const store = new Gauge({ name: 'digits_store_up', help: '1 while the store answers.', registers });
  const failures = counter('digits_model_load_failures_total', 'Models that were not taken.', ['reason']);
  const decisions = counter('digits_decisions_total', 'Digits read, `uncertain` ones, and frames with `none`.', [
    'label',
  ]);

  return {
    request({ protocol, outcome, reason = '', durationMs, queueMs }) {
      requests.inc({ protocol, outcome, reason });
      if (durationMs !== undefined) duration.observe({ protocol }, durationMs / 1_000);
      if (queueMs !== undefined) queue.observe({ protocol }, queueMs / 1_000);
    },
    frameAnswered({ ageMs, queueMs, labels }) {
      requests.inc({ protocol: 'websocket', outcome: 'ok', reason: '' });
      duration.observe({ protocol: 'websocket' }, ageMs / 1_000);
      queue.observe({ protocol: 'websocket' }, queueMs / 1_000);
      frames.inc({ outcome: 'answered' });
      age.observe(ageMs / 1_000);
      if (labels.length === 0) decisions.inc({ label: 'none' });
      for (const label of labels) decisions.inc({ label });
    },
    framesDropped(reason, count) {
      frames.inc({ outcome: 'dropped' }, count);
      dropped.inc({ reason }, count);
    },
    sessions: (count) => sessions.set(count),
    modelInfo({ version, digest }) {
      info.reset();
      info.set({ version: String(version), digest }, 1);
    },
    modelLoadFailed: (reason) => failures.inc({ reason }),
    storeUp: (isUp) => store.set(Number(isUp)),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
