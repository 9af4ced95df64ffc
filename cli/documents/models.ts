// Documents of verbs about models: versions, what they say, how they came about.

import { z } from 'zod';
import { comparison } from './comparison.ts';
import { artifactRef, count, dateTime, jsonValue, modelName, publishedModel, share } from './common.ts';

const move = z.object({
  alias: z.string(),
  from: z.int().nullable(),
  to: z.int(),
  at: dateTime,
  author: z.string(),
  reason: z.string(),
});

const moved = z.object({
  model: modelName,
  outcome: z.enum(['moved', 'unchanged']),
  champion: z.int().nullable(),
  before: z.int().nullable(),
  worker: z.object({ state: z.enum(['serving', 'refused', 'away', 'none']), detail: z.string().optional() }).optional(),
});

const versionFile = artifactRef.extend({ path: z.string() });

const version = z.object({
  schemaVersion: z.literal(1),
  kind: z.literal('model-version'),
  name: z.string(),
  version: z.int(),
  digest: z.string(),
  createdAt: dateTime,
  deletedAt: dateTime.optional(),
  classes: z.array(z.string()),
  preprocessing: z.string(),
  threshold: share,
  inputSignature: jsonValue,
  files: z.array(versionFile),
  metrics: jsonValue,
  golden: artifactRef,
  run: z.object({ workflowId: z.string(), firstExecutionRunId: z.string() }),
  code: jsonValue,
  signature: jsonValue,
  checksum: z.string().optional(),
  aliases: z.array(z.string()),
  moves: z.array(move.extend({ moveId: z.string() })),
});

const reproduced = z.object({
  model: modelName,
  version: z.int(),
  same: z.boolean(),
  difference: z
    .object({
      step: z.string(),
      file: z.string(),
      what: z.string(),
      cause: z.enum(['code', 'environment', 'data', 'unknown']),
      detail: z.string(),
    })
    .nullable()
    .describe('the first one'),
  mismatches: count.nullable().describe('null: bytes of the store are damaged, nothing was compared'),
  compared: z.record(z.string(), z.object({ files: count, bytes: count })).describe('by step'),
  code: z.object({
    commit: jsonValue.nullable().describe('the one that published the version'),
    dirty: jsonValue.nullable(),
    used: z.string().describe('in words, what it was computed anew with'),
    same: z.boolean().nullable(),
  }),
  sourceKept: z.boolean().nullable(),
  seconds: z.number().min(0),
});

export const modelDocuments: Record<string, z.ZodType> = {
  compare: comparison,
  'models list': z.object({
    models: z.array(
      z.object({
        name: z.string(),
        version: z.int(),
        digest: z.string(),
        aliases: z.array(z.string()),
        accuracy: share.nullable(),
        createdAt: dateTime,
        deletedAt: dateTime.nullable(),
        run: z.string(),
      }),
    ),
  }),
  'models show': version,
  'models history': z.object({ model: modelName, moves: z.array(move.extend({ move: z.int() })) }),
  'models promote': moved,
  'models rollback': moved,
  'models delete': z.object({
    model: modelName,
    version: z.int(),
    outcome: z.string(),
    deletedAt: dateTime,
  }),
  'models export': z.object({
    model: z.string(),
    version: z.int(),
    digest: z.string(),
    format: z.enum(['tfjs', 'onnx', 'savedmodel']),
    classes: z.array(z.string()),
    preprocessing: z.string(),
    threshold: share,
    input: jsonValue,
    output: z.object({ name: z.string(), shape: z.array(z.int().nullable()), type: z.string() }),
    files: z.array(z.object({ name: z.string(), sizeBytes: z.int(), sha256: z.string() })),
    proof: z.object({
      runtime: z.string(),
      samples: z.int(),
      largestDifference: z.number(),
      tolerance: z.number(),
    }),
    signature: jsonValue,
    folder: z.string(),
  }),
  predict: z.object({
    model: publishedModel,
    predictions: z.array(
      z.object({
        file: z.string(),
        label: z.string().optional(),
        probability: share.optional(),
        decision: z.enum(['digit', 'uncertain', 'none']).optional(),
        error: z.string().optional(),
      }),
    ),
  }),
  reproduce: reproduced,
};
