// What stays of a run besides its steps: run.json when its input was resolved, outcome.json when it ended.

import { keys } from '../artifacts/keys.ts';
import { isoNow, type Clock } from '../artifacts/clock.ts';
import { encodeOutcome, encodeRunRecord, type RunIdentity } from '../artifacts/manifests.ts';
import type { Store } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { RunResult, StepView } from '../workflows/contract.ts';

export type RunOutcome =
  | { state: 'completed'; result: RunResult }
  | {
      state: 'failed' | 'cancelled';
      steps: StepView[];
      failure: { step?: string; type: string; message: string };
    };

export interface RecordDependencies {
  store: Store;
  clock: Clock;
  /** Applies schema and presets. @throws InvalidInput, non-retryable, with every problem */
  resolve: (input: unknown) => RunConfiguration;
}

/**
 * Resolves a run's input and records it.
 * Safe to retry: the record has the same content but for the time, and the first one stands.
 */
export async function resolveRun(
  { store, clock, resolve }: RecordDependencies,
  { run, input }: { run: RunIdentity; input: unknown },
): Promise<RunConfiguration> {
  const configuration = resolve(input);
  const record = encodeRunRecord({
    ...run,
    schemaVersion: 1,
    kind: 'run',
    workflowType: 'trainPipeline',
    startedAt: isoNow(clock),
    configuration,
  });
  await store.putIfAbsent(keys.run(run), record);
  return configuration;
}

/** Records how a run ended. Safe to retry, and to race: outcome.json is created once and never changed. */
export async function finishRun(
  { store, clock }: RecordDependencies,
  { run, outcome }: { run: RunIdentity; outcome: RunOutcome },
): Promise<void> {
  const steps = outcome.state === 'completed' ? outcome.result.steps : outcome.steps.flatMap(ended);
  const record = encodeOutcome({
    ...run,
    schemaVersion: 1,
    kind: 'outcome',
    state: outcome.state,
    finishedAt: isoNow(clock),
    steps,
    ...(outcome.state === 'completed'
      ? { model: outcome.result.model, metrics: outcome.result.metrics }
      : { failure: outcome.failure }),
  });
  await store.putIfAbsent(keys.outcome(run), record);
}

const ended = ({ step, state, seconds }: StepView) =>
  state === 'computed' || state === 'reused' || state === 'resumed' ? [{ step, state, seconds: seconds ?? 0 }] : [];
