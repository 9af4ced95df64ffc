// The long activity of a session: says every few seconds how it goes, until it has ended.

import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { cancellationSignal, Context, getClient } from '@temporalio/activity';
import type { SessionFigures } from '../inference/session-desk.ts';
import type { SESSION_REPORT } from '../workflows/contract.ts';
import type { SessionDependencies } from './sessions.ts';

/** The name of the workflow's signal: only types may come from workflows. */
const REPORT: typeof SESSION_REPORT = 'report';

const HEARTBEAT_EVERY_MS = 5_000;

/** A session that nobody takes by its link within this time ends. */
const PAGE_LIMIT_MS = 10 * 60_000;

/** How long a stored summary is waited for at the end; beyond it another worker may store it. */
const STORE_LIMIT_MS = 3_000;

/** At shutdown the server ends its sessions itself; what has not ended within this time is lost. */
const SHUTDOWN_LIMIT_MS = 1_000;

/**
 * When the workflow itself is told the figures, in ms since watching began: soon, then three times an hour. Each costs four
 * events of history, so the first hour has 6 × 4 = 24.
 */
const REPORT_AT_MS = [10_000, 60_000, 300_000];
const REPORT_EVERY_MS = 20 * 60_000;

export interface WatchedSession {
  summary: SessionFigures;
  /** False when the store was away: somebody else should store the summary. */
  isStored: boolean;
}

/** The next report after one at `atMs`, both in ms since watching began. */
export function nextReportMs(atMs: number): number {
  return REPORT_AT_MS.find((early) => early > atMs) ?? atMs + REPORT_EVERY_MS;
}

/**
 * Heartbeats a session's figures until it has ended, and returns its summary.
 * A cancel ends the session; the loss of Temporal doesn't: it goes on unwatched.
 * @throws CancelledFailure when Temporal gave up this attempt, but not the session
 */
export async function watchSession(
  { desk, clock, keeper }: SessionDependencies,
  session: string,
): Promise<WatchedSession> {
  const context = Context.current();
  const { workflowId, runId } = context.info.workflowExecution ?? { workflowId: session, runId: undefined };
  const cancelled = cancellationSignal();
  const startedMs = clock.monotonic();
  let reportAtMs = nextReportMs(0);
  let waitingSinceMs = startedMs;
  const end: { summary?: SessionFigures } = {};
  const ended = desk.ended(session).then((summary) => (end.summary = summary));

  while (end.summary === undefined) {
    const figures = desk.figures(session);
    const nowMs = clock.monotonic();
    context.heartbeat(figures);
    if (figures?.state !== 'waiting') waitingSinceMs = nowMs;
    if (nowMs - waitingSinceMs >= PAGE_LIMIT_MS) desk.end(session, 'no page took it within 10 minutes');
    if (figures !== undefined && nowMs - startedMs >= reportAtMs) {
      reportAtMs = nextReportMs(nowMs - startedMs);
      void report({ workflowId, runId }, figures);
    }
    await Promise.race([ended, pause(HEARTBEAT_EVERY_MS)]);
    if (cancelled.aborted && end.summary === undefined) await endAsAsked();
  }
  const { summary } = end;
  context.heartbeat(summary);
  const stored = keeper.kept(session).then(() => true);
  const isStored = await Promise.race([stored, clock.sleep(STORE_LIMIT_MS).then(() => false)]);
  return { summary, isStored };

  function pause(durationMs: number): Promise<void> {
    return clock.sleep(durationMs, cancelled).catch(() => undefined); // woken by the cancellation
  }

  /** Ends the session where a person asked for that; otherwise gives the attempt up. */
  async function endAsAsked(): Promise<void> {
    const details = context.cancellationDetails ?? new ActivityCancellationDetails();
    if (details.workerShutdown) await Promise.race([ended, clock.sleep(SHUTDOWN_LIMIT_MS)]);
    else if (details.cancelRequested) desk.end(session, 'cancelled through Temporal');
    else if (details.notFound && (await isTerminated(workflowId, runId)))
      desk.end(session, 'its workflow was terminated');
    await Promise.race([ended, clock.sleep(SHUTDOWN_LIMIT_MS)]);
    if (end.summary === undefined) throw new CancelledFailure(`session ${session} goes on unwatched`);
  }
}

/** Figures for the workflow's own details. One that is lost is no harm: the next one says all. */
async function report(run: { workflowId: string; runId: string | undefined }, figures: SessionFigures): Promise<void> {
  try {
    await getClient().workflow.getHandle(run.workflowId, run.runId).signal(REPORT, figures);
  } catch {
    // Temporal is away, or the workflow has ended.
  }
}

/** A server that lost its database does not know the workflow either; then nobody asked for the session's end. */
async function isTerminated(workflowId: string, runId: string | undefined): Promise<boolean> {
  try {
    const { status } = await getClient().workflow.getHandle(workflowId, runId).describe();
    return status.name === 'TERMINATED' || status.name === 'CANCELLED';
  } catch {
    return false;
  }
}
