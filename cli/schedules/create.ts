// digitflow schedule create: packs what lies here, keeps the record, then makes Temporal's schedule from it.

import { isoNow, systemClock } from '../../artifacts/clock.ts';
import type { ScheduleRecord } from '../../artifacts/manifests.ts';
import { forgetSchedule, isScheduleId, keepSchedule, readSchedule } from '../../artifacts/schedules.ts';
import { QUEUES, TRAIN_PIPELINE } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { localTime } from '../format.ts';
import { readRun, type RunOptions } from '../runs/run-options.ts';
import { isScheduleTaken } from '../temporal-errors.ts';
import { nameOfUser } from '../user-name.ts';
import { describe, viewSchedule } from './schedule-views.ts';
import { scheduleDocument } from './show.ts';
import { timesText } from './words.ts';

export const SCHEDULED = { workflowType: TRAIN_PIPELINE, taskQueue: QUEUES.pipeline };

/** More often than that a run would begin before the last one is past its first steps. */
const LEAST_EVERY_MS = 60_000;

export interface CreateOptions extends RunOptions {
  cron?: string[];
  every?: number;
  timezone?: string;
  note?: string;
  paused?: boolean;
}

/** @throws WrongUse; CommandFailed for an id that is taken, here or in Temporal */
export async function createSchedule(context: CliContext, id: string, options: CreateOptions): Promise<void> {
  const { terminal } = context;
  const when = timesOf(id, options);
  const { resolved, pack } = await readRun(context, options);
  const [store, temporal] = await Promise.all([context.store(), context.temporal()]);
  if ((await readSchedule(store, id)) !== undefined) throw new Taken(id);
  if ((await describe(temporal, id)) !== undefined)
    throw new CommandFailed(
      `Temporal has a schedule named ${id} that the store does not know. Choose another name, or say \`npx digitflow schedule delete ${id}\`.`,
    );
  const now = isoNow(systemClock);
  const record: ScheduleRecord = {
    schemaVersion: 1,
    kind: 'schedule',
    revision: 1,
    id,
    ...when,
    ...(options.note !== undefined && { note: options.note }),
    paused: options.paused === true,
    input: { ...(await pack()) },
    author: nameOfUser(),
    createdAt: now,
    changedAt: now,
  };
  // The record first: a schedule without one would be gone with Temporal's database.
  if (!(await keepSchedule(store, record))) throw new Taken(id);
  const { scheduleOptions } = await import('../../setup/stack/schedules.ts');
  await temporal.client.schedule.create(scheduleOptions(record, SCHEDULED)).catch(async (error: unknown) => {
    if (isScheduleTaken(error)) return; // a worker that started just now made it from the record
    await forgetSchedule(store, id);
    // Of what the server calls invalid (a cron expression, a time zone) the client makes this.
    if (!(error instanceof TypeError)) throw error;
    throw new WrongUse(
      `schedule: expected times that Temporal understands, got ${timesText(record)}: ${error.message}`,
    );
  });
  const view = await viewSchedule({ store, temporal }, id);
  terminal.document(scheduleDocument(view));
  const [next] = view.next;
  terminal.print(
    `${terminal.colors.green('✔')} ${id} starts runs of ${resolved.publish.model}: ${timesText(record)}` +
      (record.paused ? ', paused for now' : next === undefined ? '' : `; next ${localTime(next)}`),
  );
}

class Taken extends CommandFailed {
  override readonly name = 'Taken';
  constructor(id: string) {
    super(`${id} is the name of another schedule: see \`npx digitflow schedule show ${id}\`, or delete it first.`);
  }
}

/** @throws WrongUse */
function timesOf(
  id: string,
  { cron = [], every, timezone = 'UTC' }: CreateOptions,
): Pick<ScheduleRecord, 'cron' | 'everySeconds' | 'timezone'> {
  if (!isScheduleId(id))
    throw new WrongUse(
      `schedule create: expected a name of 1–60 lower-case letters, digits and dashes, got ${JSON.stringify(id)}`,
    );
  if (cron.length === 0 && every === undefined)
    throw new WrongUse('schedule create: expected --cron or --every, e.g. --cron "0 3 * * *" or --every 12h');
  if (every !== undefined && every < LEAST_EVERY_MS) throw new WrongUse('--every: expected at least 1m');
  for (const expression of cron)
    if (!/^(@\w+.*|\S+( +\S+){4,6})$/.test(expression.trim()))
      throw new WrongUse(`--cron: expected five fields, e.g. "0 3 * * 1-5", got ${JSON.stringify(expression)}`);
  if (!isTimezone(timezone))
    throw new WrongUse(`--timezone: expected an IANA name, e.g. Europe/Berlin, got ${JSON.stringify(timezone)}`);
  return {
    cron: cron.map((expression) => expression.trim()),
    timezone,
    ...(every !== undefined && { everySeconds: every / 1_000 }),
  };
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
