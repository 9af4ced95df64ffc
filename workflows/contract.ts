// What clients and workers agree on: names, inputs, results, queries. Safe to import anywhere; holds no workflow code.

import type { StepName, StepProgress } from '../activities/step.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RerunInput, RunConfigurationInput } from '../config/schema.ts';
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
export type TrainPipelineInput = RunConfigurationInput & {
  /** How it goes about what was done before. @default reuses it */
  rerun?: RerunInput;
};

/** What the worker that begins a run says of its place. In the run's history, so that a replay goes the same way. */
export interface RunPlace {
  /** False where Temporal has no search attributes of ours. @default true */
  searchAttributes?: boolean;
  /** Whether somebody wants to be told. @default false */
  webhook?: boolean;
}

/** What a webhook is told. */
export type Notice = {
  /** The same for every try. */
  id: string;
  /** ISO 8601. */
  at: string;
} & (
  | {
      type: 'run.needs_attention';
      data: Pick<Parking, 'parkingId' | 'step' | 'parkedAt' | 'abandonedAt' | 'failure'> & { run: string };
    }
  | {
      type: 'model.published';
      data: Pick<RunResult, 'run' | 'model' | 'gate' | 'verdict'> & { accuracy: number };
    }
);

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
  state: 'running' | 'parked' | EndState;
  model: string;
  steps: StepView[];
  /** Only while it is parked. */
  parking?: Parking;
}

/** `aborted` by a person, `abandoned` when nobody said anything for too long. */
export type EndState = 'completed' | 'failed' | 'cancelled' | 'aborted' | 'abandoned';

/** A step that failed for good and waits for a person. */
export interface Parking {
  /** `<step>#<n>@<beginning of the execution's run id>`: every update names it, so that none meets another parking. */
  parkingId: string;
  step: StepName;
  /** ISO 8601. */
  parkedAt: string;
  /** Without a word until then the run is abandoned. */
  abandonedAt: string;
  failure: { type: string; message: string };
  canSkip: boolean;
}

/** Of a parked run, in `DigitflowState`. */
export const NEEDS_ATTENTION = 'NEEDS_ATTENTION';

/** What a person decides about a parked run. Each is refused with a typed failure while the run stays parked. */
export const RUN_UPDATES = { retryStep: 'retryStep', skipStep: 'skipStep', abort: 'abort' } as const;

interface DecisionArguments {
  parkingId: string;
  /** Who decides; kept in the record. */
  author?: string;
}

export interface RetryStepArguments extends DecisionArguments {
  /** Dotted keys of the run configuration, e.g. { "train.trainSteps": 500 }. @default nothing changes */
  set?: Record<string, unknown>;
}

export type SkipStepArguments = DecisionArguments;

export interface AbortArguments extends DecisionArguments {
  reason: string;
}

/** What an update answers: how the run goes on. */
export interface Decided {
  parkingId: string;
  decision: 'retry' | 'skip' | 'abort';
  /** The step that runs next. */
  step: StepName;
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

/** The result of a run that was asked for one step alone: nothing is published. */
export interface OnlyResult extends Pick<RunResult, 'run' | 'firstExecutionRunId' | 'steps'> {
  only: StepName;
  output: ArtifactRef;
  summary: Record<string, unknown>;
}

export const QUERIES = { progress: 'progress', result: 'result' } as const;

/** Where a session is served. */
export interface SessionPlace {
  workerId: string;
  /** The page's address that shows (or takes) the session. */
  link: string;
  /** False where Temporal has no search attributes of ours. @default true */
  searchAttributes?: boolean;
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
