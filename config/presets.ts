// Named sets of defaults. A preset is plain input: what a person gives beside it wins.

import type { RunConfigurationInput } from './schema.ts';

export const presets: Record<string, RunConfigurationInput> = {
  /** The built-in dataset by the full recipe: what `{}` means. */
  builtin: {},

  /** A small run on a part of the built-in dataset: minutes become seconds, accuracy about two points lower. */
  quick: {
    ingest: { source: { kind: 'builtin', typefaces: 20, handwriting: 2_000, negatives: 1_500 } },
    augment: { poolSize: 16_384, parts: 2 },
    train: { trainSteps: 400, batchSize: 128 },
  },

  /**
   * Printed digits alone, as fast as they can be learnt: augmented samples at 0.4 × the reference's ranges, each used
   * twice. Small batches, since more steps teach more than the same samples in larger ones.
   */
  'fast-print': {
    preprocess: { split: 'random' },
    augment: { preset: 'reference', scale: 0.4, poolSize: 25_600, parts: 2, shares: {} },
    train: { trainSteps: 800, batchSize: 64, batchNormMomentum: 0.7, validationEverySteps: 200 },
  },

  /** The Keras script's own recipe, for comparison: network, preprocessing, augmentation and number of steps. */
  reference: {
    preprocess: { preprocessing: 'reference', split: 'random' },
    augment: { preset: 'reference', poolSize: 1_000_000, shares: {} },
    train: {
      network: 'reference',
      trainSteps: 20_000,
      batchSize: 50,
      peakRate: 1e-3,
      warmupShare: 0,
      weightDecay: 0,
      labelSmoothing: 0,
    },
  },
};
