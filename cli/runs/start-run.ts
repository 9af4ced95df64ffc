// Starts a run of the pipeline, and names it.

import { randomBytes } from 'node:crypto';
import type { RunIdentity } from '../../artifacts/manifests.ts';
import { QUEUES, TRAIN_PIPELINE, type TrainPipelineInput } from '../../workflows/contract.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { liveRun } from './live-runs.ts';
import { isAlreadyStarted } from '../temporal-errors.ts';
import type { TemporalSession } from '../temporal.ts';

/** Thrown when a run of that id is still going. */
export class AlreadyRunning extends CommandFailed {
  override readonly name = 'AlreadyRunning';
  constructor(workflowId: string) {
    super(
      `a run named ${workflowId} is going on. Watch it with \`npx digitflow show ${workflowId}\`, or choose another --id.`,
    );
  }
}

export interface RunRequest {
  workflowId: string;
  input: TrainPipelineInput;
  /** One line for Temporal's UI. */
  summary: string;
  /** Takes a run of that id that is still going, instead of refusing. @default false */
  join?: boolean;
}

export interface StartedRun {
  identity: RunIdentity;
  /** True when it was going on already. */
  joined: boolean;
}

/** @throws AlreadyRunning unless `join` */
export async function startRun(
  temporal: TemporalSession,
  { workflowId, input, summary, join = false }: RunRequest,
): Promise<StartedRun> {
  try {
    const handle = await temporal.client.workflow.start(TRAIN_PIPELINE, {
      workflowId,
      taskQueue: QUEUES.pipeline,
      args: [input],
      staticSummary: summary,
    });
    return { identity: { workflowId, firstExecutionRunId: handle.firstExecutionRunId }, joined: false };
  } catch (error) {
    if (!isAlreadyStarted(error)) throw error;
    const running = join ? await liveRun(temporal, workflowId) : undefined;
    if (running === undefined) throw new AlreadyRunning(workflowId);
    return { identity: running.identity, joined: true };
  }
}

/** e.g. `digits-20261122-193105-4f1c`: sorted by time, told apart by chance. */
export function newRunId(model: string, now: Date): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${model}-${time}-${randomBytes(2).toString('hex')}`;
}

/** @throws WrongUse for an id that could not be named on a command line afterwards */
export function checkedRunId(id: string): string {
  if (!/^[\w.:/-]{1,200}$/.test(id) || id === 'latest')
    throw new WrongUse(
      `--id: expected 1–200 letters, digits, ".", "_", ":", "/", "-", and not \`latest\`, got ${JSON.stringify(id)}`,
    );
  return id;
}
