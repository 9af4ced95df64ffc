// What clients and workers agree on: names, inputs, results, queries. Safe to import anywhere; holds no workflow code.

import type { StepName, StepProgress } from '../activities/step.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfigurationInput } from '../config/schema.ts';

export type { StepName, StepProgress };

export const TRAIN_PIPELINE = 'trainPipeline';

export const QUEUES = {
  /** Workflows and the steps that move and prepare data. */
  pipeline: 'pipeline',
  /** Steps that hold the training engine: one slot, so one engine at a time. */
  train: 'train',
} as const;

/** Search attributes. Our own Temporal gets them from setup; another one without them is refused at start. */
export const SEARCH_ATTRIBUTES = {
  DigitflowModel: 'KEYWORD',
  DigitflowDataset: 'KEYWORD',
  DigitflowStep: 'KEYWORD',
  DigitflowState: 'KEYWORD',
  DigitflowVersion: 'INT',
  DigitflowAccuracy: 'DOUBLE',
} as const;

/** `{}` or nothing trains the built-in dataset. */
export type TrainPipelineInput = RunConfigurationInput;

export type StepState = 'waiting' | 'running' | 'computed' | 'reused' | 'resumed' | 'failed';

/** Only steps that are done have one of these. */
export type DoneState = 'computed' | 'reused' | 'resumed';

/** One step as a person sees it. */
export interface StepView {
  step: StepName;
  state: StepState;
  seconds?: number;
  stepKey?: string;
  output?: ArtifactRef;
  /** Small figures of the finished step: counts, accuracy, … */
  summary?: Record<string, unknown>;
  /** Why it failed. */
  error?: string;
}

/** The answer of the query `progress`. What a running step counts at this moment stands in its heartbeat (StepProgress). */
export interface RunProgress {
  state: 'running' | 'completed' | 'failed' | 'cancelled';
  model: string;
  steps: StepView[];
}

export interface ModelName {
  name: string;
  version: number;
  digest: string;
}

export interface TestMetrics {
  /** Argmax over the digits, on the digit samples of the test split. */
  accuracy: number;
  loss: number;
  bySource: Record<string, { accuracy: number; count: number; recallAtThreshold: number }>;
}

/** The result of `trainPipeline`, the answer of the query `result`, and the body of outcome.json. */
export interface RunResult {
  run: string;
  firstExecutionRunId: string;
  model: ModelName;
  /** Whether this run's model took an alias: `refused` left the champion where it was. */
  gate: 'promoted' | 'refused' | 'unchanged';
  /** What happened to the alias, and why: one sentence. */
  verdict: string;
  metrics: { test: TestMetrics };
  steps: { step: StepName; state: DoneState; seconds: number }[];
  report: ArtifactRef;
}

export const QUERIES = { progress: 'progress', result: 'result' } as const;
