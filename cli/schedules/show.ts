// digitflow schedule list and show.

import type { CliContext } from '../context.ts';
import { localTime, table } from '../format.ts';
import { differencesFromDefaults, type Difference } from '../runs/differences.ts';
import { reachTemporal } from '../runs/reach.ts';
import { resolveRunInput } from '../../config/resolve.ts';
import {
  type ScheduleSources,
  type ScheduleState,
  type ScheduleView,
  viewSchedule,
  viewSchedules,
} from './schedule-views.ts';
import { timesText } from './words.ts';

const SHOWN_TIMES = 3;

export async function reachSchedules(context: CliContext): Promise<ScheduleSources> {
  const [store, temporal] = await Promise.all([
    context.store(),
    reachTemporal(context, 'what schedules do is not known; shown is what the store remembers'),
  ]);
  return { store, temporal };
}

/** The same fields always, null where nothing is known. */
export function scheduleDocument({ id, state, record, next, started, counts, changed }: ScheduleView) {
  return {
    id,
    state,
    cron: record?.cron ?? null,
    everySeconds: record?.everySeconds ?? null,
    timezone: record?.timezone ?? null,
    note: record?.note ?? null,
    paused: record?.paused ?? null,
    input: record?.input ?? null,
    author: record?.author ?? null,
    createdAt: record?.createdAt ?? null,
    next,
    started,
    counts: counts ?? null,
    changed: changed ?? null,
  };
}

export async function listSchedules(context: CliContext): Promise<void> {
  const { terminal } = context;
  const sources = await reachSchedules(context);
  const { views, damaged } = await viewSchedules(sources);
  terminal.document({
    temporal: sources.temporal === undefined ? 'unreachable' : 'reachable',
    schedules: views.map(scheduleDocument),
    damaged,
  });
  for (const key of damaged)
    terminal.warn(terminal.colors.yellow(`${key} can't be read: delete it and create it anew`));
  if (views.length === 0)
    return terminal.print('No schedule yet. `npx digitflow schedule create nightly --cron "0 3 * * *"` makes one.');
  terminal.print(
    table(
      ['schedule', 'state', 'when', 'next', 'last run', 'note'],
      views.map((view) => [
        view.id,
        paintSchedule(view.state, context),
        view.record === undefined ? '' : timesText(view.record),
        view.next[0] === undefined ? '' : localTime(view.next[0]),
        view.started[0]?.run ?? '',
        view.record?.note ?? '',
      ]),
    ),
  );
  for (const { id, state } of views) if (HINTS[state] !== undefined) terminal.print(`${id}: ${HINTS[state]}`);
}

export async function showSchedule(context: CliContext, id: string): Promise<void> {
  const { terminal } = context;
  const sources = await reachSchedules(context);
  const view = await viewSchedule(sources, id);
  const { record, state, next, started, counts, changed } = view;
  const differences = record === undefined ? [] : differencesOf(record.input);
  terminal.document({ ...scheduleDocument(view), differences });
  terminal.print(`${terminal.colors.bold(id)}  ${paintSchedule(state, context)}`);
  if (HINTS[state] !== undefined) terminal.print(HINTS[state]);
  if (changed === true)
    terminal.print(
      terminal.colors.yellow(
        'It was changed in Temporal. That counts as long as its database lasts; the record below is what would be made again.',
      ),
    );
  terminal.print();
  if (record !== undefined) {
    terminal.print(`when     ${timesText(record)}`);
    if (record.note !== undefined) terminal.print(`note     ${record.note}`);
    terminal.print(`made     ${localTime(record.createdAt)} by ${record.author}`);
  }
  if (next.length > 0) terminal.print(`next     ${next.slice(0, SHOWN_TIMES).map(localTime).join(', ')}`);
  if (counts !== undefined)
    terminal.print(`started  ${counts.started} runs${counts.missed > 0 ? `, ${counts.missed} missed` : ''}`);
  for (const { run, at } of started) terminal.print(`  ${localTime(at)}  ${run}`);
  if (record === undefined) return;
  terminal.print();
  terminal.print(differences.length === 0 ? 'input: the defaults' : 'input, where it differs from the defaults:');
  for (const { key, value } of differences) terminal.print(`  ${key} = ${shortJson(value)}`);
}

const HINTS: Partial<Record<ScheduleState, string>> = {
  lost: 'Temporal has lost it; the next start of a pipeline worker (`up`, `start`) makes it again.',
  unrecorded: "It was made in Temporal alone: the store does not know it, and it is gone with Temporal's database.",
};

export function paintSchedule(state: ScheduleState, { terminal }: Pick<CliContext, 'terminal'>): string {
  const { green, yellow, dim } = terminal.colors;
  return { active: green, paused: yellow, lost: yellow, unrecorded: yellow, unknown: dim }[state](state);
}

/** A configuration of an older version may not be one any more; then the input is shown as it is. */
function differencesOf(input: Record<string, unknown>): Difference[] {
  try {
    return differencesFromDefaults({ ...resolveRunInput(input).configuration });
  } catch {
    return Object.entries(input).map(([key, value]) => ({ key, value, default: undefined }));
  }
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
