// Documents of verbs that start, show, follow and stop runs.

import { z } from 'zod';
import {
  artifactRef,
  configuration,
  count,
  dateTime,
  difference,
  endpoints,
  errorDocument,
  failure,
  jsonValue,
  publishedModel,
  share,
  stepName,
  temporal,
} from './common.ts';

const started = z.object({
  run: z.string().describe("the workflow's id"),
  firstExecutionRunId: z.string(),
  name: z.string().describe('id@last8, by which verbs take it'),
});

const run = started.extend({
  state: z.string(),
  startedAt: dateTime.nullable(),
  finishedAt: dateTime.nullable(),
  model: publishedModel.nullable(),
  accuracy: share.nullable(),
});

const parking = z.object({
  parkingId: z.string(),
  step: stepName,
  parkedAt: dateTime,
  abandonedAt: dateTime.describe('without a word until then the run is abandoned'),
  failure: failure.omit({ step: true }),
  canSkip: z.boolean(),
});

const decidedParking = parking.omit({ abandonedAt: true, canSkip: true }).extend({
  decision: z
    .object({
      kind: z.enum(['retry', 'skip', 'abort', 'abandon', 'cancel']),
      decidedAt: dateTime,
      author: z.string().optional(),
      reason: z.string().optional(),
      set: configuration.optional(),
    })
    .nullable(),
});

const steps = z.array(
  z.object({ step: stepName, state: z.enum(['computed', 'reused', 'resumed']), seconds: z.number().min(0) }),
);

const result = started.omit({ name: true }).extend({ steps, endpoints });

const published = result
  .extend({
    model: publishedModel,
    gate: z.enum(['promoted', 'refused', 'unchanged']),
    verdict: z.string(),
    metrics: z.object({
      test: z.looseObject({
        accuracy: share,
        loss: z.number(),
        bySource: z.record(z.string(), z.looseObject({ accuracy: share, count, recallAtThreshold: share })),
      }),
    }),
    report: z.object({ file: z.string().optional(), ref: artifactRef }),
  })
  .describe('the run has published a version');

const oneStep = result
  .extend({ only: stepName, output: artifactRef, summary: z.record(z.string(), jsonValue) })
  .describe('the run was asked for one step alone and has published nothing');

const parked = started
  .extend({ ...errorDocument.shape, parking })
  .describe('the run waits for a person; the exit code is not 0');

/** Of a run that was watched to its end, or until it was parked. */
export const followed = z.union([published, oneStep, parked]);

const detached = started.extend({ endpoints }).describe('--detach: the run goes on');

const shown = run.extend({
  steps: z.array(z.looseObject({ step: stepName, state: z.string() })),
  configuration: configuration.nullable(),
  differences: z.array(difference),
  metrics: jsonValue.nullable(),
  failure: failure.nullable(),
  parking: parking.nullable().describe('what it waits for now'),
  parkings: z.array(decidedParking),
  temporalUi: z.string().nullable(),
});

const decided = started.extend({
  parkingId: z.string(),
  decision: z.enum(['retry', 'skip', 'abort']),
  step: stepName.describe('the one that was parked, or the one that runs next'),
});

const retried = decided.extend({
  restarted: z
    .array(z.object({ part: z.string(), changed: z.array(z.string()) }))
    .optional()
    .describe('workers that ran older code, and its sources that had changed'),
});

export const runDocuments: Record<string, z.ZodType> = {
  train: z.union([detached, followed]),
  rerun: z.union([detached, followed]),
  runs: z.object({ runs: z.array(run), temporal }),
  show: z.union([shown, followed]),
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
  logs: started.omit({ name: true }).extend({
    lines: z.array(
      z.object({
        time: dateTime,
        level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
        part: z.string().describe('the log file it stands in'),
        message: z.string(),
        fields: z.record(z.string(), jsonValue),
      }),
    ),
  }),
  cancel: run,
  retry: z.union([retried, followed]),
  skip: decided,
  abort: decided,
  report: run.extend({ report: z.object({ file: z.string(), ref: artifactRef }) }),
};
