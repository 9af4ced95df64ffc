// The rows of the table: what is compared, what was wanted, and what no program could do better.

import { networks } from '../../ml/model.ts';
import type { ArchiveRun } from '../recipe/archive-run.ts';
import { spreadOf } from '../recipe/spread.ts';
import type { Race } from './accuracy-race.ts';
import type { Topic } from './costs.ts';
import { workOf } from './limits.ts';
import { ratioOf, roundsOf, type Ratio } from './ratio.ts';
import { PLAN, REFERENCE_STEPS, type Measured } from './rounds.ts';
import type { Unit } from './units.ts';

/** Accuracy that `fast-print` must have for its row to count. */
export const WANTED_ACCURACY = 0.995;

export interface Row extends Ratio {
  id: Topic | 'sameAccuracy';
  what: string;
  unit: Unit;
  /** Least and hoped-for ratio. */
  wanted: number;
  aim: number;
  /** Seconds an item that arithmetic or the library below takes at least. */
  limit?: { cost: number; what: string } | undefined;
  /** What was not measured, and how it follows from what was. */
  extrapolated?: string | undefined;
  /** The other side had not arrived: the ratio is larger than this. */
  atLeast?: boolean;
}

const CLASSES = 10;
const compact = workOf(networks.compact, CLASSES);
const reference = workOf(networks.reference, CLASSES);

/** @param cores of this machine; all of them made `measured.gflops` */
export function rowsOf(measured: Measured, options: { cores: number; race?: Race | undefined }): Row[] {
  const { costs, runs, gflops } = measured;
  const all = gflops * 1e9;
  const one = all / options.cores;
  const arithmetic = (operations: number, rate: number) => ({ cost: operations / rate, what: 'arithmetic' });
  const row = (id: Topic, rest: Omit<Row, 'id' | keyof Ratio>): Row => ({
    id,
    ...rest,
    ...ratioOf(costs[id].ours, costs[id].theirs),
  });
  const inflate = roundsOf(measured.inflate).median;
  const first = runs[0]!;
  // Another network of the preset has other arithmetic than is counted here.
  const whole = first.network === 'compact' ? compact.training * first.trainSteps * first.batchSize : undefined;
  const trainingLimit = whole === undefined ? undefined : arithmetic(whole, all);
  return [
    row('training', {
      what: `\`fast-print\`, augmentation and training, to ${accuracyShown(runs)}, against 20,000 steps of fit over ImageDataGenerator`,
      unit: 'seconds',
      wanted: 150,
      aim: 400,
      limit: trainingLimit,
      extrapolated: `20,000 steps are ${REFERENCE_STEPS / PLAN.fitSteps} times a measurement of ${PLAN.fitSteps} steps, in each round`,
    }),
    ...(options.race === undefined ? [] : [raceRow(options.race, trainingLimit)]),
    row('fit', {
      what: 'network `compact`, batches of 128, each augmented right before its step: samples/s',
      unit: 'perSecond',
      wanted: 2.5,
      aim: 5,
      limit: arithmetic(compact.training, all),
    }),
    row('generate', {
      what: 'augmentation `reference`, a core',
      unit: 'perSecond',
      wanted: 10,
      aim: 30,
    }),
    row('step', {
      what: 'network `reference`, a step of 50, against train_on_batch',
      unit: 'milliseconds',
      wanted: 1,
      aim: 1.3,
      limit: arithmetic(50 * reference.training, all),
    }),
    row('eager', {
      what: "network `compact`, a step of 128, against TensorFlow.js's eager layers API",
      unit: 'milliseconds',
      wanted: 6,
      aim: 8,
      limit: arithmetic(128 * compact.training, all),
    }),
    row('decode', {
      what: `PNG → equalised tensor, all images, by a pool of threads on ${options.cores} cores`,
      unit: 'perSecond',
      wanted: 1.5,
      aim: 4,
      limit: { cost: inflate / options.cores, what: 'its inflater alone' },
    }),
    row('decodeCore', {
      what: 'the same by one thread, a core',
      unit: 'perSecond',
      wanted: 1.5,
      aim: 4,
      limit: { cost: inflate, what: 'its inflater alone' },
    }),
    row('predictReference', {
      what: 'prediction, network `reference`, p50, against model.predict',
      unit: 'milliseconds',
      wanted: 50,
      aim: 100,
      limit: arithmetic(reference.forward, one),
    }),
    row('predictCompiled', {
      what: 'the same against a compiled function',
      unit: 'milliseconds',
      wanted: 2,
      aim: 4,
      limit: arithmetic(reference.forward, one),
    }),
    row('predictPublished', {
      what: "prediction, files of a published `compact`, p50, against the reference's model.predict",
      unit: 'milliseconds',
      wanted: 300,
      aim: 1_000,
      limit: arithmetic(compact.forward, one),
    }),
  ];
}

function raceRow({ at, checks, ours }: Race, limit: Row['limit']): Row {
  const end = at ?? checks.at(-1)!;
  const where = `${end.steps.toLocaleString('en')} steps`;
  return {
    id: 'sameAccuracy',
    what:
      at === undefined
        ? `the same until Keras reads as well (mean of its validation splits): not yet after ${where}, with ${(100 * end.validation).toFixed(2)} %`
        : `the same until Keras reads as well (mean of its validation splits, every 150 steps): ${where}`,
    unit: 'seconds',
    wanted: 10,
    aim: 30,
    limit,
    atLeast: at === undefined,
    ...ratioOf([roundsOf(ours).median], { Keras: [end.seconds] }),
  };
}

function accuracyShown(runs: readonly ArchiveRun[]): string {
  const { mean, deviation } = spreadOf(runs.map(({ accuracy }) => accuracy));
  const shown = `${(100 * mean).toFixed(2)} ± ${(100 * deviation).toFixed(2)} %`;
  return mean >= WANTED_ACCURACY ? shown : `${shown} (wanted: ≥ ${100 * WANTED_ACCURACY} %)`;
}
