// Schedules as people see them: the store's records joined with what Temporal runs by. Either may lack what the other has.

import type { ScheduleDescription, ScheduleSummary } from '@temporalio/client';
import type { ScheduleRecord } from '../../artifacts/manifests.ts';
import { listSchedules, readSchedule } from '../../artifacts/schedules.ts';
import type { Store } from '../../artifacts/store.ts';
import { TRAIN_PIPELINE } from '../../workflows/contract.ts';
import { NotFound } from '../errors.ts';
import { isScheduleNotFound } from '../temporal-errors.ts';
import type { TemporalSession } from '../temporal.ts';

/**
 * `lost`: the store remembers it and Temporal doesn't, until a worker starts. `unrecorded`: made in Temporal alone, and gone
 * with its database. `unknown`: Temporal can't be asked.
 */
export type ScheduleState = 'active' | 'paused' | 'lost' | 'unrecorded' | 'unknown';

export interface ScheduleView {
  id: string;
  state: ScheduleState;
  record: ScheduleRecord | undefined;
  /** ISO 8601, soonest first; empty while it is paused. */
  next: string[];
  /** Runs it started, newest first. */
  started: { run: string; firstExecutionRunId: string; at: string }[];
  /** Only of one that was asked for by id. */
  counts?: { started: number; missed: number };
  /** True when somebody changed it in Temporal: what runs there is not what the record says. */
  changed?: boolean;
}

export interface ScheduleSources {
  store: Store;
  /** Undefined when Temporal can't be reached. */
  temporal: TemporalSession | undefined;
}

/** All of them, by id; of records that can't be read the keys. */
export async function viewSchedules({
  store,
  temporal,
}: ScheduleSources): Promise<{ views: ScheduleView[]; damaged: string[] }> {
  const kept = await listSchedules(store);
  const records = new Map(kept.records.map((record) => [record.id, record]));
  const live = new Map<string, ScheduleSummary>();
  if (temporal !== undefined)
    for await (const summary of temporal.client.schedule.list())
      if (records.has(summary.scheduleId) || summary.action?.workflowType === TRAIN_PIPELINE)
        live.set(summary.scheduleId, summary);
  const ids = [...new Set([...records.keys(), ...live.keys()])].sort();
  // A listing of Temporal's may be a moment behind: before one is called lost it is asked for by its id.
  const found = (id: string) => live.get(id) ?? (temporal && describe(temporal, id));
  const views = await Promise.all(
    ids.map(async (id) => viewOf(id, records.get(id), await found(id), temporal !== undefined)),
  );
  return { views, damaged: kept.damaged };
}

/** One of them. @throws NotFound when neither knows it; InvalidRecord */
export async function viewSchedule({ store, temporal }: ScheduleSources, id: string): Promise<ScheduleView> {
  const record = await readSchedule(store, id);
  const live = temporal === undefined ? undefined : await describe(temporal, id);
  if (record === undefined && live === undefined) throw new NoSuchSchedule(id);
  return {
    ...viewOf(id, record, live, temporal !== undefined),
    ...(live !== undefined && {
      counts: { started: live.info.numActionsTaken, missed: live.info.numActionsMissedCatchupWindow },
      changed: live.info.lastUpdatedAt !== undefined,
    }),
  };
}

/** Undefined where Temporal has none of that id. */
export async function describe({ client }: TemporalSession, id: string): Promise<ScheduleDescription | undefined> {
  return client.schedule
    .getHandle(id)
    .describe()
    .catch((error: unknown) => {
      if (isScheduleNotFound(error)) return undefined;
      throw error;
    });
}

export class NoSuchSchedule extends NotFound {
  constructor(id: string) {
    super(`no schedule is named ${id}. See \`npx digitflow schedule\`.`);
  }
}

function viewOf(
  id: string,
  record: ScheduleRecord | undefined,
  live: Pick<ScheduleSummary, 'state' | 'info'> | undefined,
  isAsked: boolean,
): ScheduleView {
  const { recentActions = [], nextActionTimes = [] } = live?.info ?? {};
  return {
    id,
    state: stateOf(record, live, isAsked),
    record,
    next: live?.state.paused === true ? [] : nextActionTimes.map((time) => time.toISOString()),
    started: recentActions
      .map(({ takenAt, action: { workflow } }) => ({
        run: workflow.workflowId,
        firstExecutionRunId: workflow.firstExecutionRunId,
        at: takenAt.toISOString(),
      }))
      .reverse(),
  };
}

function stateOf(
  record: ScheduleRecord | undefined,
  live: Pick<ScheduleSummary, 'state'> | undefined,
  isAsked: boolean,
): ScheduleState {
  if (!isAsked) return 'unknown';
  if (live === undefined) return 'lost';
  if (record === undefined) return 'unrecorded';
  return live.state.paused ? 'paused' : 'active';
}
