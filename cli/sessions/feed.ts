// One session fed from a source of this machine, in the foreground: what `watch` and `session start` do.

import { readFileSync } from 'node:fs';
import { systemClock } from '../../artifacts/clock.ts';
import { readSession } from '../../artifacts/sessions.ts';
import { feedSession, type FeedFigures } from '../../inference/client/feed-session.ts';
import type { ResultMessage } from '../../inference/protocol.ts';
import { createTally } from '../../inference/sessions/figures.ts';
import { openSource } from '../../inference/sources/open-source.ts';
import type { SourceName } from '../../inference/sources/source-name.ts';
import { SESSION_UPDATES, type SessionFigures } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, NotFound, TemporalUnreachable } from '../errors.ts';
import type { TemporalSession } from '../temporal.ts';
import { withoutRecord } from './session-views.ts';
import { startSession } from './start-session.ts';

/** How long the summary of an ended session is waited for. */
const SUMMARY_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 200;
const END_REASONS = { source: 'the source ended', session: 'ended by the worker', signal: 'interrupted' };

export interface FeedRequest {
  source: Exclude<SourceName, { kind: 'browser' }>;
  /** A worker's address. @default the stack's own */
  url?: string | undefined;
  token?: string | undefined;
  /** PEM file of a certificate to trust. */
  certificate?: string | undefined;
  onStart: (session: { session: string | undefined; name: string }) => void;
  onResult: (result: ResultMessage) => void;
  onNotice: (text: string) => void;
}

/**
 * Opens a session (as a workflow where Temporal answers), feeds it until the source or the session ends or Ctrl-C, ends it.
 * @returns its summary: the stored one, or where a worker elsewhere was named by its address, one of what came back
 * @throws CommandFailed, and what source and session throw
 */
export async function feedFromSource(context: CliContext, request: FeedRequest): Promise<SessionFigures> {
  const { environment, folder, signal } = context;
  const { source, token, onResult, onNotice } = request;
  // First: a file that isn't there should leave no session behind.
  const opened = await openSource(source, {
    folder,
    ffmpeg: environment['DIGITFLOW_FFMPEG'] || undefined,
    lost: onNotice,
  });
  // A worker elsewhere stores its summaries where it likes: of what it answered one is made here.
  const tally = createTally({ session: '', source: opened.kind, clock: systemClock });
  const temporal = request.url === undefined ? await temporalIfThere(context) : undefined;
  const started = temporal && (await startSession(temporal, { source: opened.kind, signal }));
  request.onStart({ session: started?.session, name: opened.name });
  let fed: FeedFigures;
  try {
    fed = await feedSession({
      url: started?.link ?? request.url ?? inferenceUrl(context),
      token: token ?? (environment['DIGITFLOW_TOKEN'] || undefined),
      ...(request.certificate !== undefined && { certificate: readFileSync(request.certificate, 'utf8') }),
      source: opened,
      clock: systemClock,
      signal,
      onResult(result) {
        tally.answered({ ...result, version: result.model.version, latencyMs: result.ms.total });
        onResult(result);
      },
      onNotice,
    });
  } finally {
    if (temporal !== undefined && started !== undefined) await endSession(temporal, started.session);
  }
  const { session, frames: received, answered, dropped, end } = fed;
  if (request.url === undefined) return summaryOf(context, started?.session ?? session);
  return { ...tally.figures('ended', END_REASONS[end]), session, frames: { received, answered, dropped } };
}

/** @throws CommandFailed when nobody serves */
export function inferenceUrl(context: CliContext): string {
  const url = context.connections().endpoints?.inference;
  if (url === undefined)
    throw new CommandFailed(
      'no inference worker is known: start one with `npm start` or `npx digitflow serve`, or name one with --url',
    );
  return url;
}

async function temporalIfThere(context: CliContext): Promise<TemporalSession | undefined> {
  try {
    return await context.temporal();
  } catch (error) {
    if (!(error instanceof TemporalUnreachable)) throw error;
    context.terminal.warn('Temporal does not answer: the session goes on without it.');
    return undefined;
  }
}

/** It may have been ended from elsewhere already. */
async function endSession({ client }: TemporalSession, session: string): Promise<void> {
  await client.workflow
    .getHandle(session)
    .executeUpdate(SESSION_UPDATES.end)
    .catch(() => undefined);
}

async function summaryOf(context: CliContext, session: string): Promise<SessionFigures> {
  const store = await context.store();
  const until = systemClock.monotonic() + SUMMARY_LIMIT_MS;
  for (;;) {
    const record = await readSession(store, session);
    if (record !== undefined) return withoutRecord(record);
    if (systemClock.monotonic() > until)
      throw new NotFound(
        `the summary of session ${session} is not stored yet. See \`npx digitflow session show ${session}\`.`,
      );
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}
