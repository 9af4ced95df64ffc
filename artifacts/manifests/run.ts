// What stays of a run: what it was asked, what each step did, how it ended.

import { z } from 'zod';
import { artifactRef, isoTime, jsonObject, runIdentity, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const STEP_STATES = ['computed', 'reused', 'resumed'] as const;
export type StepState = (typeof STEP_STATES)[number];

/** runs/<workflowId>/<firstExecutionRunId>/run.json, written when the run's input was resolved. */
export const runRecord = runIdentity.extend({
  schemaVersion,
  kind: z.literal('run'),
  workflowType: z.string().min(1),
  startedAt: isoTime,
  /** The resolved run configuration. */
  configuration: jsonObject,
  /** How it goes about what was done before; absent when it simply reuses. */
  rerun: jsonObject.optional(),
  /** Who or what started it, e.g. `cli`, `ui`, a schedule's id. */
  author: z.string().optional(),
});
export type RunRecord = z.infer<typeof runRecord>;

/** runs/…/steps/<step>.json, written by the step itself. The newest attempt wins. */
export const runStepRecord = runIdentity.extend({
  schemaVersion,
  kind: z.literal('run-step'),
  step: z.string().min(1),
  stepKey: sha256Hex,
  state: z.enum(STEP_STATES),
  output: artifactRef,
  summary: jsonObject,
  warnings: z.array(z.string()),
  /** How long this run spent on the step: near nothing when reused. */
  seconds: z.number().nonnegative(),
  attempt: z.int().positive(),
  finishedAt: isoTime,
});
export type RunStepRecord = z.infer<typeof runStepRecord>;

const publishedModel = z.object({ name: z.string(), version: z.int().positive(), digest: sha256Hex });
const endedStep = z.object({ step: z.string(), state: z.enum(STEP_STATES), seconds: z.number().nonnegative() });

/**
 * runs/…/outcome.json, written when the workflow ends by its own decision. Stands for good, unless the workflow is reset:
 * then the execution that goes on replaces the word of the one before.
 */
export const outcomeRecord = runIdentity.extend({
  schemaVersion,
  kind: z.literal('outcome'),
  /** Grows with each replacement. */
  revision: z.int().positive().default(1),
  /** The execution whose word this is. */
  runId: z.string().optional(),
  /** The how manieth end of that execution. */
  ending: z.int().positive().optional(),
  state: z.enum(['completed', 'failed', 'cancelled', 'aborted', 'abandoned']),
  finishedAt: isoTime,
  steps: z.array(endedStep),
  model: publishedModel.optional(),
  metrics: jsonObject.optional(),
  /** Of a run that did not complete: where and why. */
  failure: z.object({ step: z.string().optional(), type: z.string(), message: z.string() }).optional(),
});
export type OutcomeRecord = z.infer<typeof outcomeRecord>;
type NewOutcome = z.input<typeof outcomeRecord>;

const runType: RecordType<typeof runRecord> = { schema: runRecord, expected: 'a run record', isSealed: true };
const runStepType: RecordType<typeof runStepRecord> = {
  schema: runStepRecord,
  expected: "a run's step record",
  isSealed: true,
};
const outcomeType: RecordType<typeof outcomeRecord> = { schema: outcomeRecord, expected: 'an outcome', isSealed: true };

/** @throws InvalidRecord */
export function parseRunRecord(bytes: Uint8Array, key = 'run.json'): RunRecord {
  return parseRecord(runType, bytes, key);
}

/** @throws InvalidRecord */
export function encodeRunRecord(record: RunRecord): Uint8Array {
  return encodeRecord(runType, record);
}

/** @throws InvalidRecord */
export function parseRunStepRecord(bytes: Uint8Array, key = "run's step record"): RunStepRecord {
  return parseRecord(runStepType, bytes, key);
}

/** @throws InvalidRecord */
export function encodeRunStepRecord(record: RunStepRecord): Uint8Array {
  return encodeRecord(runStepType, record);
}

/** @throws InvalidRecord */
export function parseOutcome(bytes: Uint8Array, key = 'outcome.json'): OutcomeRecord {
  return parseRecord(outcomeType, bytes, key);
}

/** @throws InvalidRecord */
export function encodeOutcome(record: NewOutcome): Uint8Array {
  return encodeRecord(outcomeType, record);
}
