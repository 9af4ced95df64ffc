// The one path of every step: key → recorded? → lease → compute → verify → record. It knows stores and time, not Temporal.

import { isoNow, type Clock } from '../artifacts/clock.ts';
import { keys } from '../artifacts/keys.ts';
import { encodeRunStepRecord, type RunIdentity, type StepState } from '../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../artifacts/store.ts';
import { acquireLease, type LeaseWatch } from './lease.ts';
import { findOtherEngine, type OtherEngineRecord } from './other-engine.ts';
import { failWithProducer } from './producer.ts';
import { adoptRecord, recordStep, type Settled } from './record-step.ts';
import { readStandingRecord } from './standing-record.ts';
import { createContext } from './step-context.ts';
import { detailsOf, stepKeyOf, type StepIdentity, type StepKey } from './step-key.ts';
import type { StepLog } from './step-log.ts';
import { checkOutput } from './step-output.ts';
import type { StepContext, StepOutput, StepProgress } from './step.ts';

export interface RunStepDependencies {
  store: Store;
  clock: Clock;
  log: StepLog;
  /** One a worker process. */
  leaseWatch: LeaseWatch;
}

export interface RunStepRequest extends StepIdentity {
  run: RunIdentity & { attempt: number };
  /** Aborted on cancellation, pause and shutdown. */
  signal?: AbortSignal;
  onProgress?: (progress: StepProgress) => void;
  /** The step's name in the run's folder, where a run has several of one kind. @default step */
  label?: string;
  options?: RunStepOptions;
}

export interface RunStepOptions {
  /**
   * `by-key`: a finished step of equal code, inputs and parameters is taken instead of computing.
   * `checked`: likewise, after every byte of it was read and its digest found right.
   * `never`: for a step that changes the world and is idempotent by itself; it has no record and no lease.
   * @default 'by-key'
   */
  reuse?: 'by-key' | 'checked' | 'never';
  /** Computes even where a record stands, writes every blob anew, and replaces the record if other bytes came out. */
  verify?: boolean;
  /** Of a step that is never reused: writes every blob anew, so that damage behind an unchanged ETag is mended. @default false */
  rewrite?: boolean;
  /** Step keys whose results turned out to be damaged: `verify` for these alone. */
  recompute?: readonly string[];
  /**
   * `any` takes a finished step that differs in nothing but the engine's fingerprint; `exact` only says that there is one.
   * @default 'exact'
   */
  engineMatch?: 'exact' | 'any';
}

export interface StepResult {
  step: string;
  stepKey: string;
  state: StepState;
  output: ArtifactRef;
  summary: Record<string, unknown>;
  /** Time this run spent on the step. */
  seconds: number;
}

export type ComputeStep = (context: StepContext & { stepKey: string }) => Promise<StepOutput>;

/**
 * Finishes a step, whoever does it: takes the record of an equal step, or computes and records.
 * Safe to retry, to race and to kill at any moment: bytes are named by their content, and the record is created once.
 * Whoever comes second adopts the first one's output.
 * @throws StepHeldElsewhere (retryable), DamagedArtifact when an input can't be read, InvalidStepOutput, OutputVanished,
 *   the store's errors, the signal's reason, and whatever `compute` throws
 */
export async function runStep(
  dependencies: RunStepDependencies,
  request: RunStepRequest,
  compute: ComputeStep,
): Promise<StepResult> {
  const startedMs = dependencies.clock.monotonic();
  const key = stepKeyOf(request);
  const settled =
    request.options?.reuse === 'never'
      ? await computeAlways(dependencies, request, key, compute)
      : await settleByKey(dependencies, request, key, compute);
  return noteResult(dependencies, request, { key, settled, startedMs });
}

/**
 * The first half of `runStep` alone: takes the record of an equal step. Safe to retry and to race.
 * @returns undefined where none can be relied on
 * @throws the store's errors, the signal's reason
 */
export async function takeFinished(
  dependencies: RunStepDependencies,
  request: Omit<RunStepRequest, 'options'>,
): Promise<StepResult | undefined> {
  const startedMs = dependencies.clock.monotonic();
  const key = stepKeyOf(request);
  const source = { ...dependencies, signal: request.signal };
  const standing = await readStandingRecord(source, { step: request.step, stepKey: key.stepKey });
  if (standing.state !== 'whole') return undefined;
  return noteResult(dependencies, request, { key, settled: adoptRecord(standing.record, request.run), startedMs });
}

/** Writes what became of the step into the run's folder. */
async function noteResult(
  { store, clock }: RunStepDependencies,
  { step, run, label = step }: RunStepRequest,
  { key, settled, startedMs }: { key: StepKey; settled: Settled; startedMs: number },
): Promise<StepResult> {
  const { state, stepKey = key.stepKey, seconds: earlierSeconds, ...made } = settled;
  const seconds = earlierSeconds ?? Math.round(clock.monotonic() - startedMs) / 1000;
  const { workflowId, firstExecutionRunId, attempt } = run;
  const record = encodeRunStepRecord({
    schemaVersion: 1,
    kind: 'run-step',
    workflowId,
    firstExecutionRunId,
    attempt,
    step,
    stepKey,
    state,
    ...made,
    seconds,
    finishedAt: isoNow(clock),
  });
  await store.put(keys.runStep(run, label), record);
  return { step, stepKey, state, output: made.output, summary: made.summary, seconds };
}

async function computeAlways(
  dependencies: RunStepDependencies,
  request: RunStepRequest,
  key: StepKey,
  compute: ComputeStep,
): Promise<Settled> {
  return unrecorded(
    await computeStep(dependencies, request, { key, compute, rewrite: request.options?.rewrite ?? false }),
  );
}

/** What a run shows of a step that has no record. */
function unrecorded({ made, warnings }: Awaited<ReturnType<typeof computeStep>>): Settled {
  const state = made.reused ? 'reused' : made.resumed ? 'resumed' : 'computed';
  return { output: made.output, summary: made.summary, warnings, state };
}

async function settleByKey(
  dependencies: RunStepDependencies,
  request: RunStepRequest,
  key: StepKey,
  compute: ComputeStep,
): Promise<Settled> {
  const { step, run, options } = request;
  const { stepKey } = key;
  const verify = mustCompute(request, stepKey);

  const source = { ...dependencies, signal: request.signal };
  const standing = await readStandingRecord(source, { step, stepKey }, standingOptions(request));
  if (standing.state === 'whole' && !verify) return adoptRecord(standing.record, run);
  const mayBeOffered = request.engine !== undefined && standing.state === 'none' && !verify;
  const other = mayBeOffered ? await findOtherEngine(dependencies, step, key) : undefined;
  const isSound = other !== undefined && !mustCompute(request, other.record.stepKey);
  if (isSound && options?.engineMatch === 'any') return takeFromOtherEngine(dependencies, other);
  const settled = await settleUnderLease(dependencies, request, key, compute);
  return other === undefined || settled.state === 'reused' ? settled : offerOtherEngine(dependencies, settled, other);
}

const mustCompute = ({ options }: RunStepRequest, stepKey: string): boolean =>
  options?.verify === true || (options?.recompute?.includes(stepKey) ?? false);

const standingOptions = ({ options }: RunStepRequest): { read: boolean } => ({ read: options?.reuse === 'checked' });

function takeFromOtherEngine({ log }: RunStepDependencies, { record, fields }: OtherEngineRecord): Settled {
  const { step, stepKey, output, summary, warnings } = record;
  const warning = `taken from another engine, as --engine-match any allows: ${fields.join(', ')} differ`;
  log.warn({ step, stepKey }, warning);
  return { state: 'reused', stepKey, output, summary, warnings: [...warnings, warning] };
}

/** Told to this run alone: the step's record, which others will take, is as good as any. */
function offerOtherEngine(
  { log }: RunStepDependencies,
  settled: Settled,
  { record, fields }: OtherEngineRecord,
): Settled {
  const { step, stepKey } = record;
  const offered = `--engine-match any would have taken the result of ${record.madeBy.workflowId}, which differs in nothing but the engine: ${fields.join(', ')}`;
  log.warn({ step, stepKey }, offered);
  return { ...settled, summary: { ...settled.summary, offered }, warnings: [...settled.warnings, offered] };
}

async function settleUnderLease(
  dependencies: RunStepDependencies,
  request: RunStepRequest,
  key: StepKey,
  compute: ComputeStep,
): Promise<Settled> {
  const { log } = dependencies;
  const { step, run } = request;
  const { stepKey } = key;
  const verify = mustCompute(request, stepKey);
  const lease = await acquireLease(dependencies, { step, stepKey, workflowId: run.workflowId, attempt: run.attempt });
  try {
    // The one who held the lease before may have finished since.
    const source = { ...dependencies, signal: request.signal };
    const present = await readStandingRecord(source, { step, stepKey }, standingOptions(request));
    if (present.state === 'whole' && !verify) return adoptRecord(present.record, run);
    if (present.state === 'broken')
      log.warn({ step, stepKey, reason: present.reason }, 'record broken: computing anew');
    const made = await computeStep(dependencies, request, {
      key,
      compute,
      rewrite: present.state !== 'none',
      leaseLost: lease.lost,
    });
    if (made.made.reusable === false) {
      log.warn({ step, stepKey }, 'not recorded for reuse: what it was made from was not whole');
      return unrecorded(made);
    }
    const { run: madeBy, codeIdentity } = request;
    return await recordStep(dependencies, {
      ...made,
      step,
      ...key,
      madeBy,
      code: detailsOf(codeIdentity),
      standing: present,
    });
  } finally {
    await lease.release();
  }
}

interface ComputeOptions {
  key: StepKey;
  compute: ComputeStep;
  rewrite: boolean;
  leaseLost?: AbortSignal;
}

async function computeStep(
  { store, clock, log }: RunStepDependencies,
  { step, run, signal, onProgress = () => undefined }: RunStepRequest,
  { key, compute, rewrite, leaseLost }: ComputeOptions,
) {
  const startedMs = clock.monotonic();
  const either = AbortSignal.any([signal, leaseLost].filter((each) => each !== undefined));
  const { context, written, warnings } = createContext({ store, log, signal: either, run, onProgress, rewrite });
  // The context names a damaged blob's maker, too; but a step also reads by other ways, e.g. the local cache.
  const fail = (error: unknown): Promise<never> => failWithProducer(error, store, run);
  const made = await compute({ ...context, stepKey: key.stepKey }).catch(fail);
  signal?.throwIfAborted(); // a lost lease is no reason to throw away what is done by now
  const blobs = await checkOutput({ store, clock, signal }, { step, made, written });
  return { made, blobs, warnings, seconds: Math.round(clock.monotonic() - startedMs) / 1000 };
}
