// What clients and workers agree on: names, inputs, results, queries. Safe to import anywhere; holds no workflow code.

import type { StepName, StepProgress } from '../activities/step.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfigurationInput } from '../config/schema.ts';
import type { SessionFigures, SessionSource } from '../inference/session-desk.ts';

export type { StepName, StepProgress, SessionFigures, SessionSource };

export const TRAIN_PIPELINE = 'trainPipeline';
export const PREDICTION_SESSION = 'predictionSession';

export const QUEUES = {
  /** Workflows and the steps that move and prepare data. */
  pipeline: 'pipeline',
  /** Steps that hold the training engine: one slot, so one engine at a time. */
  train: 'train',
  /** Workflows of sessions, and what any inference worker can do for them. */
  sessions: 'sessions',
} as const;

/** The queue that one inference worker alone polls: what only the worker that has a session can do. */
export const sessionQueue = (workerId: string): string => `${QUEUES.sessions}-${workerId}`;

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

/** Where a session is served. */
export interface SessionPlace {
  workerId: string;
  /** The page's address that shows (or takes) the session. */
  link: string;
}

/** `{}` or nothing opens a session for a browser: the query `link` says where. The workflow's id is the session's. */
export interface PredictionSessionInput {
  /** @default 'browser' */
  source?: SessionSource;
  /** The worker that serves it already: sessions that a page opened by itself. @default any worker is asked */
  place?: SessionPlace;
  /** The summary of a session that began and ended while Temporal was away: it is only noted. */
  summary?: SessionFigures;
}

/** The result of `predictionSession`. */
export type PredictionSessionResult = SessionFigures;

export const SESSION_QUERIES = {
  /** The page's address; undefined until a worker took the session. */
  link: 'link',
  /** The newest figures that the workflow was told; those of the pending activity's heartbeat are fresher. */
  figures: 'figures',
} as const;

export const SESSION_UPDATES = { pause: 'pause', resume: 'resume', end: 'end' } as const;

/** From the worker that watches a session, a few times an hour: its figures. */
export const SESSION_REPORT = 'report';
