// digitflow schedule pause, resume, run, delete: said to the store first, then to Temporal.

import { setTimeout as delay } from 'node:timers/promises';
import type { ScheduleDescription } from '@temporalio/client';
import { isoNow, systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import { forgetSchedule, isScheduleId, pauseSchedule, readSchedule } from '../../artifacts/schedules.ts';
import { confirm } from '../confirm.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, Interrupted } from '../errors.ts';
import { runName } from '../runs/run-name.ts';
import { isScheduleNotFound } from '../temporal-errors.ts';
import { SCHEDULED } from './create.ts';
import { describe, NoSuchSchedule, viewSchedule } from './schedule-views.ts';
import { scheduleDocument } from './show.ts';

/** A schedule starts its run within a fraction of a second. */
const RUN_SEEN_MS = 10_000;
const LOOK_EVERY_MS = 200;

/** @throws NoSuchSchedule */
export async function setPaused(
  context: CliContext,
  id: string,
  { paused, note }: { paused: boolean; note?: string | undefined },
): Promise<void> {
  const { terminal } = context;
  const [store, temporal] = await Promise.all([context.store(), context.temporal()]);
  const record = isScheduleId(id)
    ? await pauseSchedule(store, id, { paused, changedAt: isoNow(systemClock) })
    : undefined;
  const handle = temporal.client.schedule.getHandle(id);
  try {
    await (paused ? handle.pause(note) : handle.unpause(note));
  } catch (error) {
    if (!isScheduleNotFound(error)) throw error;
    if (record === undefined) throw new NoSuchSchedule(id);
    const { makeSchedules } = await import('../../setup/stack/schedules.ts'); // Temporal had lost it
    const isWanted = async (each: string): Promise<boolean> => (await readSchedule(store, each)) !== undefined;
    await makeSchedules(temporal.client, [record], { workflow: SCHEDULED, isWanted });
  }
  terminal.document(scheduleDocument(await viewSchedule({ store, temporal }, id)));
  terminal.print(paused ? `${id} is paused.` : `${id} is active.`);
}

/**
 * Starts a run now, beside those that the schedule starts by itself: after the second of its last one is over, since
 * Temporal names the runs of a schedule by the second and leaves out the next of the same name (temporalio/temporal#3614).
 * @throws NoSuchSchedule
 */
export async function runSchedule(context: CliContext, id: string): Promise<void> {
  const { terminal, signal } = context;
  const temporal = await context.temporal();
  const before = await describe(temporal, id);
  if (before === undefined) {
    const isKept = isScheduleId(id) && (await readSchedule(await context.store(), id)) !== undefined;
    if (!isKept) throw new NoSuchSchedule(id);
    throw new CommandFailed(`Temporal has lost ${id}: \`npx digitflow schedule resume ${id}\` makes it again.`);
  }
  await delay(restOfSecondMs(before, Date.now()), undefined, { signal });
  await temporal.client.schedule.getHandle(id).trigger('ALLOW_ALL');
  const known = new Set(before.info.recentActions.map(({ action }) => action.workflow.firstExecutionRunId));
  const end = performance.now() + RUN_SEEN_MS;
  for (;;) {
    const started = (await describe(temporal, id))?.info.recentActions
      .map(({ action }) => action.workflow)
      .find(({ firstExecutionRunId }) => !known.has(firstExecutionRunId));
    if (started !== undefined) {
      const { workflowId, firstExecutionRunId } = started;
      const name = runName(started);
      terminal.document({ schedule: id, run: workflowId, firstExecutionRunId, name });
      terminal.print(`${terminal.colors.bold(workflowId)}\n  watch  npx digitflow show ${workflowId} --watch`);
      return;
    }
    if (performance.now() > end)
      throw new CommandFailed(`${id} was told to start a run, and none was seen yet. See \`npx digitflow runs\`.`);
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** How long the second lasts in which the schedule last started a run; 0 when it is over. */
function restOfSecondMs({ info }: ScheduleDescription, nowMs: number): number {
  const startedMs = Math.max(0, ...info.recentActions.map(({ takenAt }) => takenAt.getTime()));
  const overMs = Math.floor(startedMs / 1_000) * 1_000 + 1_000;
  return Math.min(1_000, Math.max(0, overMs - nowMs)); // at most a second, whatever the clocks of two machines say
}

/** @throws NoSuchSchedule */
export async function deleteSchedule(context: CliContext, id: string, { yes }: { yes?: boolean }): Promise<void> {
  const { terminal } = context;
  const [store, temporal] = await Promise.all([context.store(), context.temporal()]);
  const isKept = isScheduleId(id) && (await store.head(keys.schedule(id))) !== undefined; // also one that can't be read
  if (!isKept && (await describe(temporal, id)) === undefined) throw new NoSuchSchedule(id);
  if (!(await confirm(context, { text: `Delete the schedule ${id}? Its runs stay.`, yes })))
    throw new Interrupted('nothing was deleted');
  // The record first: were it the other way round, a worker that starts in between would make the schedule again.
  if (isKept) await forgetSchedule(store, id);
  await temporal.client.schedule
    .getHandle(id)
    .delete()
    .catch((error: unknown) => {
      if (!isScheduleNotFound(error)) throw error;
    });
  terminal.document({ deleted: id });
  terminal.print(`${id} is deleted.`);
}
