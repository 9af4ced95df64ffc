// A step that failed for good waits for a person: retry, skip or abort. It knows nothing of what the steps do.

import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineUpdate,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunConfiguration } from '../config/schema.ts';
import {
  RUN_UPDATES,
  type AbortArguments,
  type Decided,
  type Parking,
  type RetryStepArguments,
  type SkipStepArguments,
  type StepName,
} from './contract.ts';
import { failureOf } from './failures.ts';
import type { RunView } from './run-view.ts';
import * as steps from './steps.ts';

/** How a parked run goes on. */
export interface Decision {
  kind: 'retry' | 'skip';
  configuration: RunConfiguration;
}

export interface ParkedStep {
  step: StepName;
  error: ActivityFailure;
  configuration: RunConfiguration;
  /** The configuration that does without the step. Absent where later steps need what it makes. */
  without?: RunConfiguration | undefined;
}

export type Park = (parked: ParkedStep) => Promise<Decision>;

export interface ParkingDependencies {
  view: RunView;
  /** The configuration with other values. @throws the failure that the update is to end with, the run staying parked */
  change: (parked: ParkedStep, set: Record<string, unknown>) => Promise<RunConfiguration>;
  /** Begins to tell somebody who wants to know. */
  tell: (parking: Parking, number: number) => Promise<void>;
}

/** What stands in a parking's record about its end. */
export interface RecordedDecision {
  kind: 'retry' | 'skip' | 'abort' | 'abandon' | 'cancel';
  author?: string;
  reason?: string;
  set?: Record<string, unknown>;
  configuration?: RunConfiguration;
}

const DAY_MS = 24 * 60 * 60 * 1000;

interface Open {
  parked: ParkedStep;
  parking: Parking;
  decision?: RecordedDecision;
  /** What the one who aborted named: over a reset it stays what it was. */
  namedId?: string;
}

/**
 * Answers the updates from now on; opened first thing in the workflow, so that none finds its handler missing.
 * @returns a function that parks a failed step until somebody has decided
 * @throws (that function) ApplicationFailure `Aborted`, `Abandoned`; the cancellation of the run
 */
export function openParking({ view, change, tell }: ParkingDependencies): Park {
  let open: Open | undefined;
  const numbers = new Map<StepName, number>();

  /** Only a validator may compare it: those don't run on replay, so that after a reset no earlier decision fits. */
  const check = (given: { parkingId?: unknown } | undefined): void => {
    if (open === undefined || open.decision !== undefined) throw refusal('NotParked', 'this run is not parked');
    const { parkingId } = open.parking;
    if (typeof given !== 'object' || given === null || given.parkingId !== parkingId)
      throw refusal('WrongParking', `expected {"parkingId": "${parkingId}"}, got ${JSON.stringify(given)}`);
  };
  const decide = (at: Open, decision: RecordedDecision): Decided => {
    if (open !== at || at.decision !== undefined) throw refusal('NotParked', 'another decision came first');
    at.decision = decision;
    const { parkingId, step } = at.parking;
    return { parkingId, decision: decision.kind as Decided['decision'], step };
  };

  setHandler(
    defineUpdate<Decided, [RetryStepArguments]>(RUN_UPDATES.retryStep),
    async ({ set, author }) => {
      const at = open!;
      const changes = set !== undefined && Object.keys(set).length > 0;
      const changed = changes ? { set, configuration: await change(at.parked, set).catch(own) } : {};
      return decide(at, { kind: 'retry', ...changed, ...by(author) });
    },
    {
      validator(given) {
        check(given);
        if (given.set !== undefined && (typeof given.set !== 'object' || given.set === null))
          throw refusal('InvalidInput', 'set: expected dotted keys with values, e.g. {"train.trainSteps": 500}');
      },
    },
  );
  setHandler(
    defineUpdate<Decided, [SkipStepArguments]>(RUN_UPDATES.skipStep),
    ({ author }) => decide(open!, { kind: 'skip', configuration: open!.parked.without!, ...by(author) }),
    {
      validator(given) {
        check(given);
        const { step } = open!.parking;
        if (!open!.parking.canSkip)
          throw refusal('StepNeeded', `${step} can't be skipped: what it makes is needed by the steps after it`);
      },
    },
  );
  setHandler(
    defineUpdate<Decided, [AbortArguments]>(RUN_UPDATES.abort),
    ({ parkingId, reason, author }) => {
      open!.namedId = parkingId;
      return decide(open!, { kind: 'abort', reason, ...by(author) });
    },
    {
      validator(given) {
        check(given);
        if (typeof given.reason !== 'string' || given.reason.trim() === '')
          throw refusal('InvalidInput', 'reason: expected why the run is aborted, got nothing');
      },
    },
  );

  return async (parked) => {
    const { step, configuration } = parked;
    const number = (numbers.get(step) ?? 0) + 1;
    numbers.set(step, number);
    const timeoutMs = configuration.parking.timeoutDays * DAY_MS;
    const parking: Parking = {
      parkingId: `${step}#${number}@${ownExecution()}`,
      step,
      parkedAt: new Date().toISOString(),
      abandonedAt: new Date(Date.now() + timeoutMs).toISOString(),
      failure: failureOf(parked.error),
      canSkip: parked.without !== undefined,
    };
    const at: Open = { parked, parking };
    open = at;
    view.parked(parking);
    const record = (decision?: RecordedDecision): Promise<string | undefined> =>
      note(view, { parking, number, configuration, decision });
    const recorded = record();
    await tell(parking, number);
    /** @returns the parking's id as its record has it: that of the execution which parked */
    const conclude = async (decision: RecordedDecision): Promise<string> => {
      at.decision = decision;
      open = undefined;
      view.unparked();
      const recordedId = await recorded; // or the first record could come last
      await record(decision);
      return recordedId ?? parking.parkingId;
    };

    const decided = await condition(() => at.decision !== undefined, timeoutMs).catch(async (error: unknown) => {
      if (isCancellation(error)) await conclude({ kind: 'cancel' });
      throw error;
    });
    const decision = decided ? at.decision! : { kind: 'abandon' as const };
    const recordedId = await conclude(decision);
    if (decision.kind === 'retry' || decision.kind === 'skip')
      return { kind: decision.kind, configuration: decision.configuration ?? configuration };
    const { reason = `nobody decided about ${step} until ${parking.abandonedAt}` } = decision;
    throw decision.kind === 'abort'
      ? refusal('Aborted', reason, at.namedId ?? recordedId)
      : refusal('Abandoned', reason, recordedId);
  };
}

/**
 * Whether the end that a parking came to was decided in an execution before this one, which was reset since: then it was
 * not this one's end. To be asked only behind the last command that the end gave: before it, the answer would differ
 * between a replay and what is replayed.
 */
export function isOfEarlierExecution(error: unknown): boolean {
  if (!(error instanceof ApplicationFailure) || (error.type !== 'Aborted' && error.type !== 'Abandoned')) return false;
  const parkingId: unknown = error.details?.[0];
  return typeof parkingId === 'string' && !parkingId.endsWith(`@${ownExecution()}`);
}

const ownExecution = (): string => workflowInfo().runId.slice(0, 18);

/** The activity's failure without what Temporal wraps around it: a person reads it in the answer. */
function own(error: unknown): never {
  throw error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : error;
}

const by = (author: unknown): { author?: string } => (typeof author === 'string' && author !== '' ? { author } : {});

const refusal = (type: string, message: string, ...details: unknown[]): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, type, ...details);

interface Note {
  parking: Parking;
  number: number;
  configuration: RunConfiguration;
  decision: RecordedDecision | undefined;
}

/** The record is for people and for reruns: a store that can't take it holds nobody up for long, and ends no run. */
async function note(view: RunView, { parking, number, configuration, decision }: Note): Promise<string | undefined> {
  const { parkingId: _named, canSkip: _known, ...told } = parking;
  try {
    return await CancellationScope.nonCancellable(() =>
      steps.recordParking({
        run: view.identity,
        number,
        ...told,
        configuration,
        ...(decision && { decision: { ...decision, decidedAt: new Date().toISOString() } }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return undefined;
  }
}
