// Trains a preset on an archive of images, split at random, and says how long that took and how well it reads.
//
// The time counts augmentation and training, from the first to the last as one waits for them: worker threads, the
// trainer's start, validation and the store's writes. It does not count ingest and preprocess.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { machine } from './harness.ts';
import { readOptions } from './options.ts';
import { freshRunOnArchive, inputOf } from './recipe/fresh-run.ts';
import { spreadOf } from './recipe/spread.ts';
import { table } from './table.ts';

interface Run {
  seed: number;
  trainSeconds: number;
  /** Of the test split, 0–1. */
  accuracy: number;
  /** Augmented and trained. */
  samplesPerSecond: number;
  loss: number;
  validationAccuracy: number;
  augmentSeconds: number;
  network: string;
  trainSteps: number;
  batchSize: number;
  /** On the train, validation and test side. */
  samples: number[];
}

const USAGE = `npm run bench -- train --data ARCHIVE [options]

Trains a preset on an archive of images and says how long augmentation and training took and how well the model reads.

  --data ARCHIVE          a .tgz or .zip of images, one folder a class
  --seeds 1,2,3           of split, augmentation and training, each a run (default 1)
  --preset NAME           default fast-print
  --split random|grouped  default random`;

const values = readOptions(USAGE, {
  data: { type: 'string' },
  seeds: { type: 'string', default: '1' },
  preset: { type: 'string', default: 'fast-print' },
  split: { type: 'string', default: 'random' },
});
const seeds = values.seeds.split(',').map(Number);
if (values.data === undefined || !existsSync(values.data) || !seeds.every(Number.isSafeInteger)) {
  const got = values.data === undefined ? 'none' : `${values.data}, seeds ${values.seeds}`;
  console.error(`expected --data ARCHIVE of images, one folder a class, and --seeds 1,2,3; got ${got}`);
  process.exit(2);
}
const archive = path.resolve(values.data);
const { preset, split } = values;

const runs: Run[] = [];
for (const seed of seeds) {
  const run = await freshRunOnArchive(archive, inputOf({ preset, split, seed }));
  const row: Run = {
    seed,
    trainSeconds: rounded(run.seconds),
    accuracy: rounded(run.accuracy),
    samplesPerSecond: Math.round((run.trainSteps * run.batchSize) / run.seconds),
    loss: rounded(run.loss),
    validationAccuracy: rounded(run.validationAccuracy),
    augmentSeconds: run.augment.seconds,
    network: run.network,
    trainSteps: run.trainSteps,
    batchSize: run.batchSize,
    samples: run.samples,
  };
  runs.push(row);
  console.error(`seed ${seed}: ${row.trainSeconds} s, accuracy ${row.accuracy}`);
}

const meanAndSpread = (name: 'trainSeconds' | 'accuracy' | 'samplesPerSecond') =>
  spreadOf(runs.map((run) => run[name]));
const spreads = {
  trainSeconds: meanAndSpread('trainSeconds'),
  accuracy: meanAndSpread('accuracy'),
  samplesPerSecond: meanAndSpread('samplesPerSecond'),
};
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
console.log(
  table(
    [`${preset}, ${split} split`, 'augment and train', 'samples/s', 'test accuracy'],
    [
      ...runs.map((run) => [
        `seed ${run.seed}`,
        `${run.trainSeconds} s`,
        run.samplesPerSecond.toLocaleString('en'),
        percent(run.accuracy),
      ]),
      [
        'mean ± deviation',
        `${spreads.trainSeconds.mean.toFixed(2)} ± ${spreads.trainSeconds.deviation.toFixed(2)} s`,
        Math.round(spreads.samplesPerSecond.mean).toLocaleString('en'),
        `${percent(spreads.accuracy.mean)} ± ${(100 * spreads.accuracy.deviation).toFixed(2)}`,
      ],
    ],
  ),
);
const means = {
  trainSeconds: rounded(spreads.trainSeconds.mean),
  accuracy: rounded(spreads.accuracy.mean),
  samplesPerSecond: Math.round(spreads.samplesPerSecond.mean),
};
console.log(JSON.stringify({ topic: 'train', preset, split, seeds, ...means, spreads, runs, machine: machine() }));
process.exit(0);

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
