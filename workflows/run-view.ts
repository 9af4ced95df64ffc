// What a person sees of a running pipeline: the table of steps, queries, search attributes, the outcome.

import {
  ApplicationFailure,
  defineQuery,
  isCancellation,
  patched,
  setCurrentDetails,
  CancellationScope,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { StepResult } from '../activities/run-step.ts';
import type { RunOutcome } from '../activities/records.ts';
import type { RunIdentity } from '../artifacts/manifests.ts';
import type { RunConfiguration } from '../config/schema.ts';
import {
  NEEDS_ATTENTION,
  QUERIES,
  SEARCH_ATTRIBUTES,
  type DoneState,
  type EndState,
  type OnlyResult,
  type Parking,
  type RunPlace,
  type RunProgress,
  type RunResult,
  type StepName,
  type StepView,
} from './contract.ts';
import { detailsTable } from './details-table.ts';
import { failureOf } from './failures.ts';
import type { Finished } from './step-table.ts';

type AttributeName = keyof typeof SEARCH_ATTRIBUTES;

export interface RunView {
  identity: RunIdentity;
  /** Known from the first activity's answer on. */
  placed(place: RunPlace | undefined): void;
  configured(configuration: RunConfiguration): void;
  /** Runs one step and shows how it goes. */
  step(step: StepName, run: () => Promise<StepResult>): Promise<StepResult>;
  /** Shows steps that were finished before. */
  found(results: readonly StepResult[]): void;
  parked(parking: Parking): void;
  unparked(): void;
  result(finished: Finished): RunResult;
  onlyResult(only: StepName, finished: Finished): OnlyResult;
  completed<Result extends RunResult | OnlyResult>(result: Result): Result;
  /** Records any other end, also when the workflow itself is being cancelled. */
  failed(error: unknown, record: (outcome: RunOutcome) => Promise<void>): Promise<void>;
}

/** Opens the view of this run. Called once, first thing in the workflow. */
export function openRunView(steps: readonly StepName[]): RunView {
  const info = workflowInfo();
  const progress: RunProgress = {
    state: 'running',
    model: 'digits',
    steps: steps.map((step) => ({ step, state: 'waiting' })),
  };
  let result: RunResult | OnlyResult | undefined;
  let hasSearchAttributes: boolean | undefined;
  /** A run that ends before it is known sets none: a Temporal without them would never take its end. In 0.1.0 it did. */
  const hasAttributes = (): boolean => hasSearchAttributes ?? !patched('attributes-once-known');
  setHandler(defineQuery<RunProgress>(QUERIES.progress), () => progress);
  setHandler(defineQuery<RunResult | OnlyResult | undefined>(QUERIES.result), () => result);

  const show = (attributes: Partial<Record<AttributeName, string | number>>): void => {
    setCurrentDetails(detailsTable(progress, info.workflowId));
    if (!hasAttributes()) return;
    upsertSearchAttributes(Object.entries(attributes).map(([name, value]) => pair(name as AttributeName, value)));
  };
  const doneSteps = (): RunResult['steps'] =>
    progress.steps.flatMap(({ step, state, seconds = 0 }) => (isDone(state) ? [{ step, state, seconds }] : []));
  const viewOf = (step: string): StepView => progress.steps.find((view) => view.step === step)!;

  return {
    identity: { workflowId: info.workflowId, firstExecutionRunId: info.firstExecutionRunId },

    placed(place) {
      hasSearchAttributes = place?.searchAttributes ?? true;
    },

    configured(configuration) {
      progress.model = configuration.publish.model;
    },

    async step(step, run) {
      const view = viewOf(step);
      const startedAt = Date.now();
      delete view.error;
      view.state = 'running';
      progress.state = 'running';
      show({ DigitflowModel: progress.model, DigitflowStep: step, DigitflowState: 'RUNNING' });
      try {
        const { state, stepKey, output, summary, seconds: ownSeconds } = await run();
        // Work that this run did before it came by here again took longer than looking it up.
        const seconds = Math.max((Date.now() - startedAt) / 1000, state === 'reused' ? 0 : ownSeconds);
        Object.assign(view, { state, stepKey, output, summary, seconds } satisfies Partial<StepView>);
        if (step === 'ingest') show({ DigitflowDataset: output.sha256.slice(0, 16) });
        return { state, step, stepKey, output, summary, seconds };
      } catch (error) {
        Object.assign(view, { state: 'failed', error: failureOf(error).message } satisfies Partial<StepView>);
        throw error;
      }
    },

    found(results) {
      if (results.length === 0) return;
      for (const { step, state, stepKey, output, summary, seconds } of results)
        Object.assign(viewOf(step), { state, stepKey, output, summary, seconds } satisfies Partial<StepView>);
      const dataset = results.find(({ step }) => step === 'ingest')?.output.sha256.slice(0, 16);
      show({
        DigitflowModel: progress.model,
        DigitflowState: 'RUNNING',
        ...(dataset !== undefined && { DigitflowDataset: dataset }),
      });
    },

    parked(parking) {
      progress.state = 'parked';
      progress.parking = parking;
      show({ DigitflowStep: parking.step, DigitflowState: NEEDS_ATTENTION });
    },

    unparked() {
      progress.state = 'running';
      delete progress.parking;
      show({ DigitflowState: 'RUNNING' });
    },

    result({ evaluate, publish }) {
      const { test, report } = evaluate!.summary as unknown as EvaluationSummary;
      const { name, version, digest, gate, verdict } = publish!.summary as unknown as PublicationSummary;
      return {
        run: info.workflowId,
        firstExecutionRunId: info.firstExecutionRunId,
        model: { name, version, digest },
        gate,
        verdict,
        metrics: { test },
        steps: doneSteps(),
        report,
      };
    },

    onlyResult(only, finished) {
      const { output, summary } = finished[only]!;
      const { workflowId: run, firstExecutionRunId } = info;
      return { run, firstExecutionRunId, only, steps: doneSteps(), output, summary };
    },

    completed(finished) {
      result = finished;
      progress.state = 'completed';
      show({
        DigitflowState: 'COMPLETED',
        ...('model' in finished && {
          DigitflowVersion: finished.model.version,
          DigitflowAccuracy: finished.metrics.test.accuracy,
        }),
      });
      return finished;
    },

    async failed(error, record) {
      const state = endOf(error);
      progress.state = state;
      show({ DigitflowState: state.toUpperCase() });
      const step = progress.steps.find(({ state }) => state === 'failed')?.step;
      await CancellationScope.nonCancellable(() =>
        record({ state, steps: progress.steps, failure: { ...(step && { step }), ...failureOf(error) } }),
      );
    },
  };
}

const isDone = (state: StepView['state']): state is DoneState =>
  state === 'computed' || state === 'reused' || state === 'resumed';

function endOf(error: unknown): Exclude<EndState, 'completed'> {
  if (isCancellation(error)) return 'cancelled';
  const type = error instanceof ApplicationFailure ? error.type : undefined;
  return type === 'Aborted' ? 'aborted' : type === 'Abandoned' ? 'abandoned' : 'failed';
}

/** What evaluate and publish put into their summaries for the run's result. */
export type EvaluationSummary = Pick<RunResult, 'report'> & { test: RunResult['metrics']['test'] };
export type PublicationSummary = RunResult['model'] & Pick<RunResult, 'gate' | 'verdict'>;

function pair(name: AttributeName, value: string | number): SearchAttributePair {
  return { key: defineSearchAttributeKey(name, SEARCH_ATTRIBUTES[name]), value } as SearchAttributePair;
}
