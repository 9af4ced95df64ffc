// What stays of a run besides its steps: run.json when its input was resolved, a record of each parking, outcome.json when
// it ended.

import { keys } from '../artifacts/keys.ts';
import { isoNow, type Clock } from '../artifacts/clock.ts';
import {
  encodeOutcome,
  encodeParking,
  encodeRunRecord,
  InvalidRecord,
  parseOutcome,
  type OutcomeRecord,
  type ParkingRecord,
  type RunIdentity,
} from '../artifacts/manifests.ts';
import type { Store, StoredObject } from '../artifacts/store.ts';
import type { RunInput } from '../config/resolve.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { EndState, RunResult, StepView } from '../workflows/contract.ts';

export type RunOutcome =
  | { state: 'completed'; result: RunResult }
  | {
      state: Exclude<EndState, 'completed'>;
      steps: StepView[];
      failure: { step?: string; type: string; message: string };
    };

export interface RecordDependencies {
  store: Store;
  clock: Clock;
  /** Applies schema and presets. @throws InvalidInput, non-retryable, with every problem */
  resolve: (input: unknown) => RunInput;
  /** Dotted keys over a resolved configuration, as new input. @throws InvalidInput */
  change: (configuration: RunConfiguration, set: unknown) => unknown;
}

/**
 * Resolves a run's input and records it.
 * Safe to retry: the record has the same content but for the time, and the first one stands.
 */
export async function resolveRun(
  { store, clock, resolve }: RecordDependencies,
  { run, input }: { run: RunIdentity; input: unknown },
): Promise<RunInput> {
  const resolved = resolve(input);
  const { configuration, rerun } = resolved;
  const record = encodeRunRecord({
    ...run,
    schemaVersion: 1,
    kind: 'run',
    workflowType: 'trainPipeline',
    startedAt: isoNow(clock),
    configuration,
    ...(input !== null && typeof input === 'object' && 'rerun' in input && { rerun }),
  });
  await store.putIfAbsent(keys.run(run), record);
  return resolved;
}

/** The configuration with other values. Only computes. @throws InvalidInput, non-retryable, with every problem */
export function changeRun(
  { resolve, change }: RecordDependencies,
  { configuration, set }: { configuration: RunConfiguration; set: unknown },
): RunConfiguration {
  return resolve(change(configuration, set)).configuration;
}

export interface ParkingNote extends Pick<ParkingRecord, 'parkedAt' | 'abandonedAt' | 'failure' | 'decision'> {
  run: RunIdentity;
  step: string;
  /** The how manieth parking of this step it is. */
  number: number;
  configuration: RunConfiguration;
}

/**
 * Records that a step waits for a person, or, with the decision, how that ended.
 * Safe to retry: the first record is created only where none is, the decided one has the same content every time.
 * @param runId of the execution that asks; not from the workflow, where no decision may rest on it
 */
export async function recordParking(
  { store }: RecordDependencies,
  { run, number, step, ...told }: ParkingNote,
  runId: string,
): Promise<void> {
  const parkingId = `${step}#${number}@${runId.slice(0, 18)}`; // the same as in workflows/parking.ts
  const record = encodeParking({ ...run, schemaVersion: 1, kind: 'parking', parkingId, step, ...told });
  const key = keys.parking(run, parkingId);
  if (told.decision === undefined) await store.putIfAbsent(key, record);
  else await store.put(key, record);
}

/**
 * Records how a run ended. Safe to retry and to race: within one execution the first word stands. A run that was reset
 * after its end goes on in another execution, whose word replaces that of the one before.
 * @param runId of the execution that ended
 */
export async function finishRun(
  { store, clock }: RecordDependencies,
  { run, outcome }: { run: RunIdentity; outcome: RunOutcome },
  runId: string,
): Promise<void> {
  const steps = outcome.state === 'completed' ? outcome.result.steps : outcome.steps.flatMap(ended);
  const recordOf = (revision: number): Uint8Array =>
    encodeOutcome({
      ...run,
      schemaVersion: 1,
      kind: 'outcome',
      revision,
      runId,
      state: outcome.state,
      finishedAt: isoNow(clock),
      steps,
      ...(outcome.state === 'completed'
        ? { model: outcome.result.model, metrics: outcome.result.metrics }
        : { failure: outcome.failure }),
    });
  const key = keys.outcome(run);
  let write = await store.putIfAbsent(key, recordOf(1));
  while (write.outcome === 'lost') {
    const { current } = write;
    const standing = current && readOutcome(current);
    if (standing?.runId === runId) return;
    const next = recordOf((standing?.revision ?? 0) + 1);
    write = current === undefined ? await store.putIfAbsent(key, next) : await store.replaceIf(key, next, current.etag);
  }
}

/** One that can't be read tells nobody anything: it is replaced. */
function readOutcome({ bytes, key }: StoredObject): OutcomeRecord | undefined {
  try {
    return parseOutcome(bytes, key);
  } catch (error) {
    if (error instanceof InvalidRecord) return undefined;
    throw error;
  }
}

const ended = ({ step, state, seconds }: StepView) =>
  state === 'computed' || state === 'reused' || state === 'resumed' ? [{ step, state, seconds: seconds ?? 0 }] : [];
