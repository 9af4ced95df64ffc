// One run configuration: every field has a default, so `{}` trains the built-in dataset. Unknown keys are errors.

import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');

const artifactRef = z.strictObject({
  key: z.string().min(1),
  sha256,
  sizeBytes: z.int().nonnegative(),
});

const ratio = z.number().min(0).max(1);
const seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** What the slices of the built-in data are worth in the pool. */
export const BUILTIN_SHARES = { negatives: 0.25, handwriting: 0.3, typefaces: 0.45 };

/** One file: on the worker's disk, or its bytes in the store. */
const fileOnDiskOrInStore = z.union([
  z.strictObject({ path: z.string().min(1).describe('must lie under DIGITFLOW_DATA_ROOTS of the worker') }),
  z.strictObject({
    parts: z.array(artifactRef).min(1).describe('its bytes in the store, cut into parts, in order'),
    name: z.string().min(1).describe('file name, for people'),
  }),
]);

/** Where images come from, one place each. */
const singleSources = [
  z.strictObject({
    kind: z.literal('builtin').describe('10,000 handwritten digits, 120 open-licence typefaces, generated negatives'),
    typefaces: z.int().min(20).max(120).default(120).describe('how many training typefaces, most useful first'),
    handwriting: z.int().min(0).max(10_000).default(10_000).describe('how many handwritten digits'),
    negatives: z.int().min(0).max(50_000).default(12_000).describe('how many samples of class none'),
  }),
  z.strictObject({
    kind: z.literal('folder'),
    path: z.string().min(1).describe('one sub-folder a class; must lie under DIGITFLOW_DATA_ROOTS of the worker'),
  }),
  z.strictObject({
    kind: z.literal('archive'),
    path: z.string().min(1).optional().describe('.zip, .tar, .tar.gz or .tgz under DIGITFLOW_DATA_ROOTS of the worker'),
    parts: z.array(artifactRef).min(1).optional().describe('the same bytes in the store, cut into parts, in order'),
    name: z.string().min(1).optional().describe('file name, for its ending and for people'),
  }),
  z.strictObject({
    kind: z.literal('idx').describe("images and labels in MNIST's format, gzipped or not"),
    images: fileOnDiskOrInStore,
    labels: fileOnDiskOrInStore,
    classes: z.int().min(2).max(256).default(10).describe('labels are 0 … classes − 1'),
  }),
  z.strictObject({
    kind: z.literal('url').describe('an archive, a pair of IDX files or a list of images, by http or https'),
    url: z
      .url({ protocol: /^https?$/ })
      .max(4_000)
      .describe('without user and password'),
    labels: z
      .url({ protocol: /^https?$/ })
      .max(4_000)
      .optional()
      .describe('of IDX images: where their labels are'),
    format: z
      .enum(['auto', 'archive', 'list'])
      .default('auto')
      .describe('auto: addresses that end in .json, .txt, .tsv or .list are lists'),
    sha256: sha256.optional().describe('what the bytes at url must be; then they are fetched once'),
    labelsSha256: sha256.optional().describe('the same of labels'),
    classes: z.int().min(2).max(256).default(10).describe('of IDX: labels are 0 … classes − 1'),
    maxBytes: z
      .int()
      .min(1)
      .max(64 * 1024 ** 3)
      .default(4 * 1024 ** 3)
      .describe('of all files together'),
    timeoutSeconds: z.int().min(1).max(21_600).default(3_600).describe('for all downloads of one attempt together'),
  }),
  z.strictObject({
    kind: z.literal('s3').describe('objects in a bucket, one folder a class'),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of a bucket')
      .describe('one of DIGITFLOW_S3_SOURCES of the worker'),
    prefix: z.string().max(900).default('').describe('of the keys, up to a slash; empty: the whole bucket'),
  }),
  z.strictObject({
    kind: z.literal('feedback').describe('what people corrected on the page; samples of one session stay together'),
    since: z.union([z.iso.date(), z.iso.datetime()]).optional().describe('only corrections made then or later'),
    model: z.string().min(1).optional().describe("only corrections of this model's predictions"),
  }),
] as const;

/** The name of a slice; those of the built-in data's own slices are taken. */
const sliceName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected lower-case letters, digits and dashes')
  .refine((name) => !['handwriting', 'typefaces', 'negatives'].includes(name), 'expected no name of the built-in data');

/** Where images come from. */
export const sourceSchema = z.discriminatedUnion('kind', [
  ...singleSources,
  z.strictObject({
    kind: z.literal('mixed').describe('several sources in one dataset, each a slice of its own in all reports'),
    sources: z
      .array(
        z.strictObject({
          name: sliceName,
          weight: z.number().positive().max(1_000).default(1).describe('its share of the pool, against the others'),
          source: z.discriminatedUnion('kind', singleSources),
        }),
      )
      .min(2)
      .max(16),
  }),
]);

const ingestSchema = z.strictObject({
  source: sourceSchema.default({ kind: 'builtin', typefaces: 120, handwriting: 10_000, negatives: 12_000 }),
  maxRejectedRatio: ratio.default(0.01).describe('share of unreadable files above which ingest fails'),
  maxConflictRatio: ratio
    .default(0.01)
    .describe('share of samples with equal pixels and different labels above which ingest fails'),
  seed: seed.default(1),
});

const preprocessSchema = z.strictObject({
  preprocessing: z.enum(['digit', 'reference']).default('digit'),
  split: z
    .enum(['auto', 'grouped', 'random'])
    .default('auto')
    .describe('auto: builtin has its own, others are grouped'),
  trainRatio: ratio.default(0.64),
  validationRatio: ratio.default(0.16).describe('the test split gets the rest'),
  seed: seed.default(1),
});

const augmentSchema = z.strictObject({
  preset: z.enum(['camera', 'reference', 'none']).default('camera'),
  scale: z.number().min(0).max(2).default(1).describe('factor on the ranges of preset reference'),
  poolSize: z.int().min(16).max(2_000_000).default(131_072).describe('augmented samples'),
  parts: z.int().min(1).max(8).default(4).describe('activities that make the pool side by side'),
  shares: z
    .record(z.string(), ratio)
    .default(BUILTIN_SHARES)
    .describe(
      'share of the pool by source; sources not named share the rest by their number of samples; of a mixed source they are made of its weights',
    ),
  seed: seed.default(1),
});

const trainSchema = z.strictObject({
  engine: z
    .enum(['tfjs-node', 'wasm'])
    .default('tfjs-node')
    .describe(
      "tfjs-node: TensorFlow's library; wasm: anywhere, some times slower, and the default where that isn't set up",
    ),
  network: z.enum(['compact', 'larger', 'reference']).default('compact'),
  trainSteps: z.int().min(1).max(1_000_000).default(3_400),
  batchSize: z.int().min(1).max(4_096).default(64),
  peakRate: z.number().positive().max(1).default(0.01),
  warmupShare: ratio.default(0.2).describe('share of the steps in which the rate grows linearly; then it falls to 0'),
  weightDecay: z.number().min(0).max(1).default(1e-4),
  labelSmoothing: z.number().min(0).max(0.5).default(0.1),
  batchNormMomentum: z.number().min(0).max(0.9999).default(0.95),
  validationEverySteps: z.int().min(1).default(150),
  seed: seed.default(1),
});

const evaluateSchema = z.strictObject({
  recallTarget: z
    .number()
    .min(0.5)
    .max(0.9999)
    .default(0.97)
    .describe('share of validation digits the threshold keeps'),
  calibrate: z.boolean().default(true).describe('fit a temperature on validation and fold it into the last layer'),
});

const publishSchema = z.strictObject({
  model: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected a lower-case name of letters, digits and dashes')
    .default('digits'),
  alias: z.enum(['champion', 'candidate']).default('champion').describe('the alias that moves when the gate says yes'),
});

const parkingSchema = z.strictObject({
  timeoutDays: z
    .number()
    .positive()
    .max(365)
    .default(7)
    .describe('a failed step waits this long for a person; then the run is abandoned'),
});

/** `prefault`: an absent part is parsed as `{}`, so its own defaults apply. */
export const runConfigurationSchema = z.strictObject({
  preset: z.string().optional().describe('a named set of defaults; what else is given wins over it'),
  ingest: ingestSchema.prefault({}),
  preprocess: preprocessSchema.prefault({}),
  augment: augmentSchema.prefault({}),
  train: trainSchema.prefault({}),
  evaluate: evaluateSchema.prefault({}),
  publish: publishSchema.prefault({}),
  parking: parkingSchema.prefault({}),
});

const stepName = z.enum(['ingest', 'preprocess', 'augment', 'train', 'evaluate', 'publish']);

/** How a run goes about what was done before. Stands beside the configuration in the input and decides no result. */
export const rerunSchema = z.strictObject({
  of: z
    .strictObject({ workflowId: z.string().min(1), firstExecutionRunId: z.string().min(1) })
    .optional()
    .describe('the run that is repeated'),
  from: stepName.optional().describe('this step and all later ones compute, even where their result is known'),
  only: stepName
    .exclude(['publish'])
    .optional()
    .describe("this step alone, with the repeated run's recorded inputs; ingest needs none"),
  fresh: z.boolean().default(false).describe('every step computes, and training begins at its first step'),
  verify: z.boolean().default(false).describe('of every reused result each byte is read and its digest checked'),
  engineMatch: z
    .enum(['exact', 'any'])
    .default('exact')
    .describe('any: also takes results that differ in nothing but the engine that computed them'),
});

export type SourceConfiguration = z.output<typeof sourceSchema>;
/** One that is no mixture. */
export type SingleSource = Exclude<SourceConfiguration, { kind: 'mixed' }>;
export type RunConfiguration = z.output<typeof runConfigurationSchema>;
/** What a person may write: any part may be left out. */
export type RunConfigurationInput = z.input<typeof runConfigurationSchema>;
export type Rerun = z.output<typeof rerunSchema>;
export type RerunInput = z.input<typeof rerunSchema>;
