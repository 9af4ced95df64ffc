// A run that waits for a person: what it waits for, what can be said to it, and saying it.

import { systemClock } from '../../artifacts/clock.ts';
import type { ParkingRecord, RunIdentity } from '../../artifacts/manifests.ts';
import { InvalidInput } from '../../config/resolve.ts';
import {
  type Decided,
  type Parking,
  QUERIES,
  type RunProgress,
  RUN_UPDATES,
  type StepName,
} from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { localTime } from '../format.ts';
import { isUpdateFailed } from '../temporal-errors.ts';
import type { TemporalSession } from '../temporal.ts';
import { nameOfUser } from '../user-name.ts';
import { isOpen } from './live-runs.ts';
import { reachRuns } from './reach.ts';
import { runName } from './run-name.ts';
import { findRun, type RunView } from './runs.ts';

/** A worker that is there answers within milliseconds; one that is just starting, within seconds. */
const ANSWER_TIMEOUT_MS = 15_000;

/** Thrown when a run that is watched waits for a person. The message says what he can do. */
export class RunParked extends CommandFailed {
  override readonly name = 'RunParked';
  readonly parking: Parking;
  constructor(workflowId: string, parking: Parking) {
    super(whatToDo(workflowId, parking).join('\n'));
    this.parking = parking;
  }
}

/** Thrown when a decision is meant for a run that waits for none. */
class NotParked extends CommandFailed {
  override readonly name = 'NotParked';
}

/** Why it waits, and the commands that end that. */
export function whatToDo(run: string, { step, parkedAt, abandonedAt, failure, canSkip }: Parking): string[] {
  return [
    `${run} needs attention: ${step} failed at ${localTime(parkedAt)}: ${failure.type}: ${failure.message}`,
    'Mend the cause, then:',
    `  npx digitflow retry ${run}            goes on with ${step}; --set key=value changes what it is given`,
    ...(canSkip ? [`  npx digitflow skip ${run}             goes on without ${step}`] : []),
    `  npx digitflow abort ${run} --reason …  ends the run`,
    `Without a decision the run is abandoned at ${localTime(abandonedAt)}.`,
  ];
}

/** What the record of an open parking tells, for when no worker answers. */
export function parkingOfRecord(record: ParkingRecord): Parking {
  const { parkingId, parkedAt, abandonedAt, failure } = record;
  const step = record.step as StepName;
  return { parkingId, step, parkedAt, abandonedAt, failure, canSkip: step === 'augment' };
}

/**
 * Asks the run itself.
 * @throws CommandFailed when no worker answers for it
 */
export async function askParking(temporal: TemporalSession, workflowId: string): Promise<Parking | undefined> {
  const handle = temporal.client.workflow.getHandle(workflowId);
  try {
    const progress = await temporal.client.connection.withDeadline(systemClock.now() + ANSWER_TIMEOUT_MS, () =>
      handle.query<RunProgress>(QUERIES.progress),
    );
    return progress.parking;
  } catch (error) {
    throw new CommandFailed(`${workflowId}: no worker answers for it. See \`npx digitflow status\`.`, { cause: error });
  }
}

export interface DecisionRequest {
  update: keyof typeof RUN_UPDATES;
  set?: Record<string, unknown>;
  reason?: string;
}

/**
 * Decides about a parked run.
 * @throws NotParked; InvalidInput and CommandFailed with the run's own words when it refuses; it then stays parked
 */
export async function decide(
  context: CliContext,
  text: string,
  request: DecisionRequest,
): Promise<{ view: RunView; decided: Decided }> {
  const temporal = await context.temporal();
  const view = await findRun(await reachRuns(context), text);
  const name = runName(view.identity);
  const parking = isOpen(view.state) ? await askParking(temporal, view.identity.workflowId) : undefined;
  if (parking === undefined)
    throw new NotParked(
      `${name} waits for nobody: it is ${view.state}.` +
        (isOpen(view.state) ? '' : ` \`npx digitflow rerun ${view.identity.workflowId}\` runs it again.`),
    );
  return { view, decided: await send(temporal, view.identity, parking.parkingId, request) };
}

/** @throws as `decide` */
export async function send(
  temporal: TemporalSession,
  { workflowId, firstExecutionRunId }: RunIdentity,
  parkingId: string,
  { update, set, reason }: DecisionRequest,
): Promise<Decided> {
  const handle = temporal.client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId });
  const told = { parkingId, author: nameOfUser(), ...(set && { set }), ...(reason && { reason }) };
  try {
    return await temporal.client.connection.withDeadline(systemClock.now() + ANSWER_TIMEOUT_MS, () =>
      handle.executeUpdate<Decided, [typeof told]>(RUN_UPDATES[update], { args: [told] }),
    );
  } catch (error) {
    if (!isUpdateFailed(error)) throw error;
    throw refusalOf(error);
  }
}

/** The failure that the run answered with, under the name this command line has for its kind. */
function refusalOf(error: Error): Error {
  let root: Error & { type?: string | null } = error;
  while (root.cause instanceof Error) root = root.cause;
  if (root.type === 'InvalidInput') return Object.assign(new InvalidInput([]), { message: root.message });
  if (root.type === 'StepNeeded' || root.type === 'StepFinished') return new WrongUse(root.message);
  return new CommandFailed(root.message);
}
