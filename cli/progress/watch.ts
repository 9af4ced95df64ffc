// Follows one run to its end. Temporal may go away and come back meanwhile; the run doesn't mind, and neither does this.

import type { WorkflowHandle } from '@temporalio/client';
import type { Clock } from '../../artifacts/clock.ts';
import { QUERIES, type OnlyResult, type RunProgress, type RunResult } from '../../workflows/contract.ts';
import { CommandFailed, Interrupted, messageOf } from '../errors.ts';
import { RunParked } from '../runs/parking.ts';
import { createDisplay } from './display.ts';
import type { Terminal } from '../terminal.ts';
import { isWorkflowFailed, isWorkflowNotFound } from '../temporal-errors.ts';
import type { TemporalSession } from '../temporal.ts';
import { runningActivities, type RunSnapshot } from './snapshot.ts';

/** Heartbeats come once a second; looking more often shows nothing new. */
const LOOK_EVERY_MS = 1_000;
/** A query waits for a worker; without one it should not hold up the display. */
const QUERY_TIMEOUT_MS = 4_000;
/** The run itself goes on without its watcher: after this long a person should look at the server instead. */
const GIVE_UP_AFTER_MS = 120_000;

/** Thrown when a run ended without a result. */
export class RunEnded extends CommandFailed {
  override readonly name = 'RunEnded';
}

export interface WatchOptions {
  temporal: TemporalSession;
  terminal: Terminal;
  clock: Clock;
  signal: AbortSignal;
  workflowId: string;
  firstExecutionRunId?: string;
}

/**
 * Shows the run until it ends.
 * @throws RunEnded when it failed or was cancelled or terminated; RunParked when it waits for a person; Interrupted when `signal` is aborted, the run going on
 */
export async function watchRun(options: WatchOptions): Promise<RunResult | OnlyResult> {
  const { temporal, terminal, clock, signal, workflowId } = options;
  const handle = temporal.client.workflow.getHandle(
    workflowId,
    undefined,
    options.firstExecutionRunId === undefined ? undefined : { firstExecutionRunId: options.firstExecutionRunId },
  );
  const display = createDisplay(terminal);
  let last: RunProgress | undefined;
  let silentSince: number | undefined;
  try {
    for (;;) {
      signal.throwIfAborted();
      try {
        const looked = await look({ handle, temporal, clock, last });
        silentSince = undefined;
        if (looked.snapshot !== undefined) {
          last = looked.snapshot.progress;
          display.update(looked.snapshot);
        }
        if (looked.hint !== undefined) display.say(looked.hint);
        if (looked.closed) break;
        if (last?.parking !== undefined) throw new RunParked(workflowId, last.parking);
      } catch (error) {
        if (error instanceof RunParked || isWorkflowNotFound(error)) throw error;
        silentSince ??= clock.monotonic();
        display.say(`Temporal does not answer just now; the run goes on there (${messageOf(error).split('\n')[0]})`);
        if (clock.monotonic() - silentSince > GIVE_UP_AFTER_MS) throw error;
      }
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  } catch (error) {
    if (signal.aborted)
      throw new Interrupted(
        `no longer watching; ${workflowId} goes on. Stop it with \`npx digitflow cancel ${workflowId}\`.`,
      );
    throw error;
  } finally {
    display.close();
  }
  return ended(handle, workflowId);
}

interface Look {
  snapshot?: RunSnapshot;
  hint?: string;
  closed: boolean;
}

async function look(given: {
  handle: WorkflowHandle;
  temporal: TemporalSession;
  clock: Clock;
  last: RunProgress | undefined;
}): Promise<Look> {
  const { handle, temporal, clock } = given;
  const description = await handle.describe();
  const closed = description.status.name !== 'RUNNING';
  let progress = given.last;
  let hint: string | undefined;
  try {
    progress = await temporal.client.connection.withDeadline(clock.now() + QUERY_TIMEOUT_MS, () =>
      handle.query<RunProgress>(QUERIES.progress),
    );
  } catch {
    // Normal in the first moments, when no worker has taken the run up yet; said only while nothing else tells of life.
    if (!closed) hint = 'waiting for a worker to answer (see `npx digitflow status`)';
  }
  return {
    closed,
    ...(hint !== undefined && { hint }),
    ...(progress !== undefined && {
      snapshot: { at: clock.monotonic(), progress, activities: runningActivities(description.raw.pendingActivities) },
    }),
  };
}

async function ended(handle: WorkflowHandle, workflowId: string): Promise<RunResult | OnlyResult> {
  try {
    return (await handle.result()) as RunResult | OnlyResult;
  } catch (error) {
    if (!isWorkflowFailed(error)) throw error;
    throw new RunEnded(
      `${workflowId} ended without a model: ${rootMessage(error)}\n` +
        `See \`npx digitflow show ${workflowId}\` and \`npx digitflow logs ${workflowId}\`.`,
    );
  }
}

/** The innermost message is the activity's own; those around it say only that an activity failed. */
function rootMessage(error: Error): string {
  let root: Error = error;
  while (root.cause instanceof Error) root = root.cause;
  return root.message;
}
