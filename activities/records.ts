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
  parseRunStepRecord,
  type OutcomeRecord,
  type ParkingRecord,
  type RunIdentity,
} from '../artifacts/manifests.ts';
import { holdStanding } from '../artifacts/standing.ts';
import type { Store, StoredObject } from '../artifacts/store.ts';
import type { RunInput } from '../config/resolve.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { EndState, OnlyResult, RunPlace, RunResult, StepView } from '../workflows/contract.ts';
import type { StepResult } from './run-step.ts';
import { readStandingRecord } from './standing-record.ts';
import { STEP_NAMES, type StepName } from './step.ts';

export type RunOutcome =
  | { state: 'completed'; result: RunResult | OnlyResult }
  | {
      state: Exclude<EndState, 'completed'>;
      steps: StepView[];
      failure: { step?: string; type: string; message: string };
    };

export interface RunEnd {
  run: RunIdentity;
  outcome: RunOutcome;
  ending: number;
}

export interface RecordDependencies {
  store: Store;
  clock: Clock;
  /** Applies schema and presets. @throws InvalidInput, non-retryable, with every problem */
  resolve: (input: unknown) => RunInput;
  /** Dotted keys over a resolved configuration, as new input. @throws InvalidInput */
  change: (configuration: RunConfiguration, set: unknown) => unknown;
  /** What this worker's place has and lacks. @default everything, and nobody to tell */
  place?: RunPlace;
}

export interface ResolvedRun extends RunInput {
  /** What the repeated run recorded of the steps before the one that alone is to run; empty for any other run. */
  recorded: Partial<Record<StepName, StepResult>>;
  place?: RunPlace;
}

/**
 * Resolves a run's input and records it.
 * Safe to retry: the record has the same content but for the time, and the first one stands.
 * @throws InvalidInput; StepNotRecorded when the repeated run never got as far
 */
export async function resolveRun(
  { store, clock, resolve, place }: RecordDependencies,
  { run, input }: { run: RunIdentity; input: unknown },
): Promise<ResolvedRun> {
  const { configuration, rerun } = resolve(input);
  const record = encodeRunRecord({
    ...run,
    schemaVersion: 1,
    kind: 'run',
    workflowType: 'trainPipeline',
    startedAt: isoNow(clock),
    configuration,
    ...(input !== null && typeof input === 'object' && 'rerun' in input && { rerun }),
  });
  const takes = rerun.only === undefined ? undefined : rerun.of; // ingest alone may repeat no run
  const recorded = takes === undefined ? {} : await recordedBefore(store, takes, rerun.only!);
  await store.putIfAbsent(keys.run(run), record);
  // From here on collections that begin see this run, and keep what it repeats; those under way have to be told.
  if (takes !== undefined) await holdRecorded({ store, clock }, takes);
  return { configuration, rerun, recorded, ...(place !== undefined && { place }) };
}

/** Sees to it that no collection takes what a run recorded long ago while another counts on it. */
async function holdRecorded({ store, clock }: { store: Store; clock: Clock }, run: RunIdentity): Promise<void> {
  const records: string[] = [];
  for await (const { key } of store.list(keys.runSteps(run))) records.push(key);
  const standing = await holdStanding({ store, clock }, [keys.run(run), ...records]);
  for (const key of records.filter((each) => standing.has(each))) {
    const { step, stepKey, output } = parseRunStepRecord((await store.get(key))!.bytes, key);
    const { state } = await readStandingRecord({ store, clock }, { step, stepKey });
    // What is gone or damaged is said by whoever reads it.
    if (state !== 'whole') await holdStanding({ store, clock }, [output.key]);
  }
}

/** Thrown when a step is to run alone and the repeated run has not recorded what it reads. */
class StepNotRecorded extends Error {
  override readonly name = 'StepNotRecorded';
  readonly retryable = false;
  constructor(only: StepName, step: StepName, of: RunIdentity) {
    super(
      `rerun.only: ${only} reads what ${step} made, and ${of.workflowId} has no record of it. Rerun it --from ${step}`,
    );
  }
}

async function recordedBefore(store: Store, of: RunIdentity, only: StepName): Promise<ResolvedRun['recorded']> {
  const before = STEP_NAMES.slice(0, STEP_NAMES.indexOf(only));
  const results = await Promise.all(
    before.map(async (name): Promise<[StepName, StepResult]> => {
      const found = await store.get(keys.runStep(of, name));
      if (found === undefined) throw new StepNotRecorded(only, name, of);
      const { step, stepKey, state, output, summary, seconds } = parseRunStepRecord(found.bytes, found.key);
      return [name, { step, stepKey, state, output, summary, seconds }];
    }),
  );
  return Object.fromEntries(results);
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
 * @returns the id under which it is recorded
 */
export async function recordParking(
  { store }: RecordDependencies,
  { run, number, step, ...told }: ParkingNote,
  runId: string,
): Promise<string> {
  const parkingId = `${step}#${number}@${runId.slice(0, 18)}`; // the same as in workflows/parking.ts
  const record = encodeParking({ ...run, schemaVersion: 1, kind: 'parking', parkingId, step, ...told });
  const key = keys.parking(run, parkingId);
  if (told.decision === undefined) await store.putIfAbsent(key, record);
  else await store.put(key, record);
  return parkingId;
}

/** Thrown when everything is done but for the note that it is. Retryable: keys are mended without changing the run. */
export class EndNotRecorded extends Error {
  override readonly name = 'EndNotRecorded';
  readonly retryable = true;
  readonly nextRetryDelayMs = 5_000;
  constructor(cause: Error) {
    super(`every step is finished, only the record of the run's end is not written yet: ${cause.message}`, { cause });
  }
}

/**
 * Records how a run ended. Safe to retry and to race: within one execution the first word stands. A run that was reset
 * after its end goes on in another execution, whose word replaces that of the one before.
 * @param ending the how manieth end it comes to: more than one when it was reset to after an earlier one
 * @param runId of the execution that ended
 * @throws EndNotRecorded, retryable, when the store refuses the record of a run that has published: it must not count as
 * failed for that; the store's own error for any other run
 */
export async function finishRun(dependencies: RecordDependencies, end: RunEnd, runId: string): Promise<void> {
  try {
    await recordEnd(dependencies, end, runId);
  } catch (error) {
    const isRefused = error instanceof Error && 'retryable' in error && error.retryable === false;
    throw isRefused && end.outcome.state === 'completed' ? new EndNotRecorded(error) : error;
  }
}

async function recordEnd(
  { store, clock }: RecordDependencies,
  { run, outcome, ending }: RunEnd,
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
      ending,
      state: outcome.state,
      finishedAt: isoNow(clock),
      steps,
      ...(outcome.state !== 'completed'
        ? { failure: outcome.failure }
        : 'model' in outcome.result && { model: outcome.result.model, metrics: outcome.result.metrics }),
    });
  const key = keys.outcome(run);
  let write = await store.putIfAbsent(key, recordOf(1));
  while (write.outcome === 'lost') {
    const { current } = write;
    const standing = current && readOutcome(current);
    if (standing?.runId === runId && (standing.ending ?? 1) >= ending) return;
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
