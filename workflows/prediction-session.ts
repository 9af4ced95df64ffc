// One session from its opening to its summary. Frames never pass here: a worker serves them, the workflow watches it.

import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { TimeoutType } from '@temporalio/common';
import {
  sessionQueue,
  type PredictionSessionInput,
  type PredictionSessionResult,
  type SessionFigures,
  type SessionPlace,
} from './contract.ts';
import { openSessionView, type SessionView } from './session-view.ts';
import { keepSession, onWorker, openSession } from './steps.ts';

/** A minute of work bridges a worker's lost connection, so a first task that nobody takes is offered once more. */
const FIRST_OFFERS = 2;

/**
 * Opens, watches and sums up one session. Cancelling ends the session in order: the summary is the result all the same.
 * @param input `{}` or nothing opens a session for a browser; the query `link` gives the page's address
 * @returns the summary, which is also stored under `sessions/`
 */
export async function predictionSession(input: PredictionSessionInput = {}): Promise<PredictionSessionResult> {
  const session = workflowInfo().workflowId;
  const view = openSessionView({ session, source: input.source ?? 'browser' });
  if (input.summary !== undefined) {
    await keepSession({ worker: input.place?.workerId ?? '', summary: input.summary });
    return view.ended(input.summary, input.place);
  }
  let place = input.place;
  view.onControl(async (name) => {
    await condition(() => place !== undefined);
    return onWorker(sessionQueue(place!.workerId))[name]({ session });
  });
  place ??= await openSession({ session, source: view.source });
  view.placed(place);
  const { summary, isStored } = await watchToEnd(session, place, view);
  view.ended(summary);
  if (!isStored) await CancellationScope.nonCancellable(() => keepSession({ worker: place.workerId, summary }));
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  return summary;
}

/**
 * Watches until the session has ended. When heartbeats stop, Temporal may have been away and the worker may live: it is
 * asked again, and only a worker that does not take the task up is lost, and its sessions with it.
 */
async function watchToEnd(
  session: string,
  { workerId }: SessionPlace,
  view: SessionView,
): Promise<{ summary: SessionFigures; isStored: boolean }> {
  const worker = onWorker(sessionQueue(workerId));
  for (let offers = FIRST_OFFERS; ;) {
    try {
      return await worker.watch({ session });
    } catch (error) {
      // The scope is cancelled before the worker took the task: there is nobody to wait for.
      if (isCancellation(error)) return { summary: view.lost('cancelled before a worker took it'), isStored: false };
      const timeout = timeoutIn(error);
      view.report(timeout?.lastHeartbeatDetails as SessionFigures | undefined);
      if (timeout?.timeoutType === TimeoutType.HEARTBEAT) offers = 1;
      else if (timeout?.timeoutType === TimeoutType.SCHEDULE_TO_START) offers -= 1;
      else offers = 0;
      if (offers === 0) return { summary: view.lost(reasonOf(error, workerId)), isStored: false };
    }
  }
}

function timeoutIn(error: unknown): TimeoutFailure | undefined {
  return error instanceof ActivityFailure && error.cause instanceof TimeoutFailure ? error.cause : undefined;
}

function reasonOf(error: unknown, workerId: string): string {
  if (timeoutIn(error) !== undefined) return `worker ${workerId} was lost`;
  const root = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return (root instanceof Error ? root.message : String(root)).slice(0, 500);
}
