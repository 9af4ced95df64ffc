// From a schedule's record to Temporal's schedule. What is started comes in through the options: it is the workflows' to say.

import type { Client, ScheduleOptions } from '@temporalio/client';
import type { ScheduleRecord } from '../../artifacts/manifests.ts';

export interface ScheduledWorkflow {
  workflowType: string;
  taskQueue: string;
}

/**
 * What was missed while nothing ran is not made up for, but for the last hour: a stack that was down for a week would train
 * seven times at its return.
 */
const CATCH_UP = '1 hour';

/** Runs may overlap: each is a run of its own, and steps that two of them need are computed once. */
export function scheduleOptions(record: ScheduleRecord, workflow: ScheduledWorkflow): ScheduleOptions {
  const { id, cron, everySeconds, timezone, note, paused, input } = record;
  return {
    scheduleId: id,
    spec: {
      cronExpressions: cron,
      ...(everySeconds !== undefined && { intervals: [{ every: everySeconds * 1_000 }] }),
      timezone,
    },
    action: {
      type: 'startWorkflow',
      workflowId: id, // Temporal adds the time: each run has a name of its own
      ...workflow,
      args: [input],
    },
    policies: { overlap: 'ALLOW_ALL', catchupWindow: CATCH_UP },
    state: { paused, ...(note !== undefined && { note }) },
  };
}

/**
 * Makes what Temporal has not. One that is there stays as it is, whoever changed it. Safe to repeat.
 * @param isWanted asked once more behind each that was made: one that was deleted meanwhile goes again
 * @returns the ids of those that were made
 */
export async function makeSchedules(
  client: Client,
  records: readonly ScheduleRecord[],
  { workflow, isWanted }: { workflow: ScheduledWorkflow; isWanted: (id: string) => Promise<boolean> },
): Promise<string[]> {
  const made: string[] = [];
  for (const record of records) {
    const handle = await client.schedule.create(scheduleOptions(record, workflow)).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ScheduleAlreadyRunning') return undefined;
      throw error;
    });
    if (handle === undefined) continue;
    if (await isWanted(record.id)) made.push(record.id);
    else await handle.delete();
  }
  return made;
}
