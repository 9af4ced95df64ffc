// What is killed when, from a seed. A crash point replays exactly; a moment replays only its schedule.

import type { Random } from '../../ml/random.ts';
import type { CrashPoint } from '../../workers/crash-points.ts';
import type { Victim } from './lane.ts';

export interface PlannedKill {
  /** Armed for the next life of the pipeline worker. */
  point: CrashPoint | undefined;
  /** Killed when the point was not passed by then. */
  victim: Victim;
  afterMs: number;
}

type Call = [operation: CrashPoint['operation'], family: string, passings: number];

/** The durable acts of a worker that runs this step. */
const CALLS: Record<string, Call[]> = {
  resolveRun: [['putIfAbsent', 'runs/run', 1]],
  ingest: [
    ['putIfAbsent', 'leases/ingest', 1],
    ['put', 'blobs', 3],
    ['putIfAbsent', 'steps/ingest', 1],
    ['put', 'runs/steps', 1],
    ['replaceIf', 'leases/ingest', 1],
  ],
  preprocess: [
    ['putIfAbsent', 'leases/preprocess', 1],
    ['get', 'blobs', 3],
    ['put', 'blobs', 4],
    ['putIfAbsent', 'steps/preprocess', 1],
    ['put', 'runs/steps', 1],
  ],
  augment: [
    ['put', 'blobs', 3],
    ['putIfAbsent', 'leases/augment', 2],
    ['putIfAbsent', 'steps/augment', 3],
    ['put', 'runs/steps', 3],
  ],
  train: [
    ['put', 'checkpoints', 2],
    ['delete', 'checkpoints', 1],
    ['replaceIf', 'leases/train', 1],
    ['put', 'blobs', 4],
    ['putIfAbsent', 'steps/train', 1],
    ['put', 'runs/steps', 1],
  ],
  evaluate: [
    ['put', 'blobs', 6],
    ['putIfAbsent', 'steps/evaluate', 1],
    ['put', 'runs/steps', 1],
  ],
  publish: [
    ['put', 'blobs', 4],
    ['putIfAbsent', 'models/versions', 1],
    ['putIfAbsent', 'models/aliases', 1],
    ['put', 'runs/steps', 1],
    ['putIfAbsent', 'runs/outcome', 1],
  ],
};
const STEPS = Object.keys(CALLS);

/** The pipeline worker most often: only its next life is armed with a crash point. */
const VICTIMS: [Victim, number][] = [
  ['pipeline-worker', 0.5],
  ['trainer', 0.2],
  ['temporal', 0.12],
  ['store', 0.1],
  ['inference-worker', 0.08],
];

/** A point anywhere in a run, for the worker that begins it. */
export const planFirstPoint = (random: Random): CrashPoint =>
  pointOf(random, CALLS[STEPS[random.integer(STEPS.length)]!]!);

/** @param step the step that runs now: points of it or of the next are those that will be passed soon */
export function planKill(random: Random, step: string | undefined): PlannedKill {
  const at = Math.max(0, STEPS.indexOf(step ?? ''));
  const point = pointOf(
    random,
    STEPS.slice(at, step === 'train' ? at + 1 : at + 2).flatMap((name) => CALLS[name]!),
  );
  return {
    point: random.chance(0.75) ? point : undefined,
    victim: pick(random),
    afterMs: Math.round(random.between(200, 6_000)),
  };
}

function pointOf(random: Random, calls: readonly Call[]): CrashPoint {
  const [operation, family, passings] = calls[random.integer(calls.length)]!;
  return { when: random.chance(0.5) ? 'before' : 'after', operation, family, passing: 1 + random.integer(passings) };
}

function pick(random: Random): Victim {
  let left = random.uniform();
  for (const [victim, share] of VICTIMS) {
    left -= share;
    if (left < 0) return victim;
  }
  return 'pipeline-worker';
}
