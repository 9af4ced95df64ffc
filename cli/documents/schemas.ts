// The documents of --json, verb by verb. Members may be added later, none is renamed or taken away without a word in the
// changelog. A test holds every document that the tests of the command line see against its schema.

import { z } from 'zod';
import { comparison } from './comparison.ts';
import { artifactRef, configuration, dateTime, failure, jsonValue, modelName, share, temporal } from './common.ts';

/** What stands on stdout instead when a verb fails. */
export const errorDocument = z.object({
  error: z.object({ type: z.string(), message: z.string(), exitCode: z.int().min(1) }),
});

const run = z.object({
  run: z.string().describe("the workflow's id"),
  name: z.string().describe('id@first8, by which verbs take it'),
  firstExecutionRunId: z.string(),
  state: z.string(),
  startedAt: dateTime.nullable(),
  finishedAt: dateTime.nullable(),
  model: z.object({ name: z.string(), version: z.int(), digest: z.string() }).nullable(),
  accuracy: share.nullable(),
});

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

const correction = z.looseObject({ id: z.string(), label: z.string(), at: dateTime, expiresAt: dateTime });

const schemas: Record<string, z.ZodType> = {
  completion: z.object({ shell: z.enum(['bash', 'zsh', 'fish']), script: z.string() }),
  compare: comparison,
  'config show': z.object({
    configuration,
    values: z.array(z.object({ key: z.string(), value: jsonValue, from: z.string() })),
  }),
  'config validate': z.object({
    valid: z.boolean(),
    problems: z.array(jsonValue),
    configuration: configuration.optional(),
  }),
  'feedback list': z.object({
    corrections: z.array(correction),
    next: z.string().nullable(),
    total: z.int(),
    damaged: z.array(z.string()),
  }),
  'feedback clear': z.object({ deleted: z.int() }),
  'feedback delete': z.object({ deleted: z.array(z.string()) }),
  'feedback export': z.object({
    folder: z.string(),
    corrections: z.int(),
    labels: z.record(z.string(), z.int()),
  }),
  gc: z.object({
    dryRun: z.boolean(),
    graceSeconds: z.number(),
    keepRuns: z.int(),
    temporal,
    end: z.string(),
    before: z.object({ objects: z.int(), sizeBytes: z.int() }),
    garbage: z.object({ objects: z.int(), sizeBytes: z.int() }),
    objects: z.array(z.object({ key: z.string(), kind: z.string(), sizeBytes: z.int(), lastModified: dateTime })),
  }),
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
    model: z.object({ name: z.string(), version: z.int(), digest: z.string() }),
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
  report: run.extend({ report: z.object({ file: z.string(), ref: artifactRef }) }),
  runs: z.object({ runs: z.array(run), temporal }),
  sessions: z.object({ sessions: z.array(z.looseObject({ session: z.string(), state: z.string() })), temporal }),
  show: run.extend({
    steps: z.array(z.looseObject({ step: z.string(), state: z.string() })),
    configuration: configuration.nullable(),
    differences: z.array(z.object({ key: z.string(), default: jsonValue.optional(), value: jsonValue })),
    metrics: jsonValue.nullable(),
    failure: failure.nullable(),
    parking: z.looseObject({ parkingId: z.string(), step: z.string() }).nullable(),
    parkings: z.array(jsonValue),
    temporalUi: z.string().nullable(),
  }),
  why: z.object({
    run: z.string(),
    step: z.string(),
    state: z.string(),
    stepKey: z.string(),
    computedBy: z.string().nullable(),
    against: z.object({ run: z.string(), state: z.string(), stepKey: z.string() }).nullable(),
    sameKey: z.boolean().nullable(),
    first: jsonValue.nullable(),
    compared: jsonValue.nullable(),
    answer: z.string(),
  }),
};

/** Verbs that answer as one of those below them does. */
const ALIKE: Record<string, string> = { models: 'models list', feedback: 'feedback list' };

/** @param verb its path, e.g. `models export`, or `error`. Undefined where no schema is written down yet. */
export const documentSchema = (verb: string): z.ZodType | undefined =>
  verb === 'error' ? errorDocument : schemas[ALIKE[verb] ?? verb];

export const DOCUMENTS: readonly string[] = ['error', ...Object.keys(schemas).sort()];

/** The schema as JSON Schema (2020-12). @throws RangeError where there is none */
export function jsonSchemaOf(verb: string): Record<string, unknown> {
  const schema = documentSchema(verb);
  if (schema === undefined) throw new RangeError(`expected a verb with a schema, got ${verb}`);
  const title = verb === 'error' ? 'digitflow: a verb failed' : `digitflow ${ALIKE[verb] ?? verb} --json`;
  // As input: members that are added later are no error of who reads.
  return { title, ...z.toJSONSchema(schema, { io: 'input' }) };
}

/** Files of docs/schemas/, one a document. */
export const schemaFiles = (): { name: string; text: string }[] =>
  DOCUMENTS.map((verb) => ({
    name: `${verb.replaceAll(' ', '-')}.json`,
    text: `${JSON.stringify(jsonSchemaOf(verb), null, 2)}\n`,
  }));
