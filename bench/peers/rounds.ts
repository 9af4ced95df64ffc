// The rounds: ours and theirs in turn, and the other way round in every second one.

import { freshRunOnArchive, inputOf } from '../recipe/fresh-run.ts';
import type { ArchiveRun } from '../recipe/archive-run.ts';
import { medianOf } from '../harness.ts';
import { addTheirs, noCosts, type AllCosts } from './costs.ts';
import type { Keras } from './keras.ts';
import type { Decoding } from './ours/decoding.ts';
import type { Pictures } from './ours/pictures.ts';
import type { Predicting } from './ours/predicting.ts';
import { BATCH, type Training } from './ours/training.ts';

/** Of the reference script: ten epochs of 2,000 steps. */
export const REFERENCE_STEPS = 20_000;
/** Steps, batches and calls of one measurement: a second or two each on two quiet cores. */
export const PLAN = {
  fitSteps: 25,
  compactSteps: 40,
  batches: 60,
  steps: 12,
  graphSteps: 40,
  eagerSteps: 10,
  calls: 30,
};

export interface Sides {
  archive: string;
  pictures: Pictures;
  decoding: Decoding;
  training: Training;
  predicting: Predicting;
  /** By how it was set up. */
  keras: Record<string, Keras>;
  say: (line: string) => void;
}

export interface Measured {
  costs: AllCosts;
  runs: ArchiveRun[];
  /** Most that a product of matrices got out of the machine. */
  gflops: number;
  /** CPU seconds that the inflater alone takes for a picture. */
  inflate: number[];
}

/** Seeds 1 … rounds of our training. */
export async function measureRounds(sides: Sides, rounds: number): Promise<Measured> {
  const measured: Measured = { costs: noCosts(), runs: [], gflops: 0, inflate: [] };
  for (let round = 1; round <= rounds; round++) {
    const started = performance.now();
    await measureRound(sides, round, measured);
    sides.say(`round ${round} of ${rounds}: ${Math.round((performance.now() - started) / 1000)} s`);
  }
  return measured;
}

async function measureRound(sides: Sides, round: number, measured: Measured): Promise<void> {
  const { pictures, decoding, training, predicting, say } = sides;
  const { costs } = measured;
  const inTurn = async (ours: () => unknown, theirs: () => Promise<unknown>): Promise<void> => {
    const turns = round % 2 === 1 ? [ours, theirs] : [theirs, ours];
    for (const turn of turns) await turn();
  };
  const each = async (ask: (keras: Keras, variant: string) => Promise<void>): Promise<void> => {
    for (const [variant, keras] of Object.entries(sides.keras)) await ask(keras, variant);
  };
  const any = Object.values(sides.keras)[0]!;

  await inTurn(
    async () => {
      const run = await freshRunOnArchive(
        sides.archive,
        inputOf({ preset: 'fast-print', split: 'random', seed: round }),
      );
      measured.runs.push(run);
      costs.training.ours.push(run.seconds);
      say(`  fast-print, seed ${round}: ${run.seconds.toFixed(1)} s, accuracy ${(100 * run.accuracy).toFixed(2)} %`);
    },
    () =>
      each(async (keras, variant) => {
        const { seconds, steps } = await fit(keras, 'reference', PLAN.fitSteps);
        addTheirs(costs.training, variant, (REFERENCE_STEPS * seconds) / steps);
        say(`  Keras, ${variant}: ${Math.round((1000 * seconds) / steps)} ms a step`);
      }),
  );
  await inTurn(
    () => costs.fit.ours.push(training.fit(PLAN.compactSteps)),
    () =>
      each(async (keras, variant) => {
        const { seconds, samples } = await fit(keras, 'compact', PLAN.compactSteps);
        addTheirs(costs.fit, variant, seconds / samples);
      }),
  );
  await inTurn(
    () => costs.step.ours.push(training.step('reference', PLAN.steps)),
    () =>
      each(async (keras, variant) => {
        const { each: seconds } = await keras.ask('step', {
          network: 'reference',
          batch: BATCH.reference,
          steps: PLAN.steps,
        });
        addTheirs(costs.step, variant, middle(seconds));
      }),
  );
  await inTurn(
    () => costs.eager.ours.push(training.step('compact', PLAN.graphSteps)),
    async () => addTheirs(costs.eager, 'eager layers', await training.eagerStep(PLAN.eagerSteps)),
  );
  await inTurn(
    async () => {
      costs.decodeCore.ours.push(await decoding.measure('core'));
      costs.decode.ours.push(await decoding.measure('pool'));
      measured.inflate.push(await decoding.measure('inflate'));
    },
    async () => {
      const took = await any.ask('decode');
      addTheirs(costs.decode, 'OpenCV', took.seconds / took.count);
      addTheirs(costs.decodeCore, 'OpenCV', cpuEach(took));
    },
  );
  await inTurn(
    () => costs.generate.ours.push(pictures.generate()),
    async () =>
      addTheirs(costs.generate, 'ImageDataGenerator', cpuEach(await any.ask('generate', { batches: PLAN.batches }))),
  );
  await inTurn(
    async () => {
      const reference = await predicting.predict('reference', 10 * PLAN.calls);
      costs.predictReference.ours.push(reference);
      costs.predictCompiled.ours.push(reference);
      costs.predictPublished.ours.push(await predicting.predict('compact', 20 * PLAN.calls));
    },
    () =>
      each(async (keras, variant) => {
        const asked = { network: 'reference', count: PLAN.calls };
        const plain = middle((await keras.ask('predict', { ...asked, call: 'predict' })).each);
        const compiled = middle((await keras.ask('predict', { ...asked, call: 'compiled' })).each);
        addTheirs(costs.predictReference, variant, plain);
        addTheirs(costs.predictCompiled, variant, compiled);
        addTheirs(costs.predictPublished, variant, plain);
      }),
  );
  await each(async (keras) => {
    measured.gflops = Math.max(measured.gflops, (await keras.ask('matmul')).gflops);
  });
}

const fit = (keras: Keras, network: 'compact' | 'reference', steps: number) =>
  keras.ask('fit', { network, batch: BATCH[network], steps });

const middle = (seconds: readonly number[]): number => medianOf(seconds.toSorted((a, b) => a - b));

const cpuEach = ({ cpu, count }: { cpu: number; count: number }): number => cpu / count;
