// Sessions as a person sees them: open ones as Temporal knows them, ended ones as their summaries in the store.

import { listSessions, readSession } from '../../artifacts/sessions.ts';
import type { Store } from '../../artifacts/store.ts';
import { PREDICTION_SESSION, SESSION_QUERIES, type SessionFigures } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { NotFound, TemporalUnreachable } from '../errors.ts';
import { isWorkflowNotFound } from '../temporal-errors.ts';
import type { TemporalSession } from '../temporal.ts';

export interface SessionSources {
  store: Store;
  /** Undefined when Temporal does not answer. */
  temporal: TemporalSession | undefined;
}

/** Both, where both are there: summaries are readable without Temporal. */
export async function reachSessions(context: CliContext): Promise<SessionSources> {
  const store = await context.store();
  try {
    return { store, temporal: await context.temporal() };
  } catch (error) {
    if (!(error instanceof TemporalUnreachable)) throw error;
    context.terminal.warn('Temporal does not answer: only sessions that have ended are known.');
    return { store, temporal: undefined };
  }
}

/** Open sessions first, then ended ones, each newest first. */
export async function sessionViews({ store, temporal }: SessionSources, limit: number): Promise<SessionFigures[]> {
  const [open, ended] = await Promise.all([
    temporal === undefined ? [] : openSessions(temporal, limit),
    listSessions(store, limit),
  ]);
  const known = new Set(ended.map(({ session }) => session));
  return [...open.filter(({ session }) => !known.has(session)), ...ended.map(withoutRecord)].slice(0, limit);
}

/** One session with its newest figures. @throws NotFound */
export async function sessionView(
  { store, temporal }: SessionSources,
  session: string,
): Promise<{ figures: SessionFigures; link?: string | undefined }> {
  const stored = await readSession(store, session);
  if (stored !== undefined) return { figures: withoutRecord(stored) };
  const figures = temporal && (await liveFigures(temporal, session));
  if (temporal === undefined || figures === undefined)
    throw new NotFound(`no session ${session} is known. See \`npx digitflow sessions\`.`);
  const link = await temporal.client.workflow.getHandle(session).query<string | undefined>(SESSION_QUERIES.link);
  return { figures, link };
}

async function openSessions(temporal: TemporalSession, limit: number): Promise<SessionFigures[]> {
  const names: string[] = [];
  const query = `WorkflowType = '${PREDICTION_SESSION}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of temporal.client.workflow.list({ query })) {
    names.push(workflowId);
    if (names.length >= limit) break;
  }
  const found = await Promise.all(names.map((name) => liveFigures(temporal, name)));
  return found.filter((figures) => figures !== undefined);
}

/** The figures of the pending watch's last heartbeat; those that the workflow was told where there is none. */
async function liveFigures(temporal: TemporalSession, session: string): Promise<SessionFigures | undefined> {
  const handle = temporal.client.workflow.getHandle(session);
  try {
    const { raw, type } = await handle.describe();
    if (type !== PREDICTION_SESSION) return undefined;
    for (const { heartbeatDetails } of raw.pendingActivities ?? []) {
      const data = heartbeatDetails?.payloads?.[0]?.data;
      if (data) return JSON.parse(Buffer.from(data).toString('utf8')) as SessionFigures;
    }
    return await handle.query<SessionFigures>(SESSION_QUERIES.figures);
  } catch (error) {
    if (isWorkflowNotFound(error)) return undefined;
    throw error;
  }
}

/** What a person may see of a stored summary. */
export function withoutRecord(
  record: SessionFigures & { schemaVersion?: number; kind?: string; worker?: string },
): SessionFigures {
  const { schemaVersion: _schemaVersion, kind: _kind, worker: _worker, ...figures } = record;
  return figures;
}
