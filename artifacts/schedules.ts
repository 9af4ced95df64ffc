// Schedules as the store remembers them. Whether Temporal knows them is not known here.

import { keys } from './keys.ts';
import { listRecords } from './list-records.ts';
import { encodeSchedule, parseSchedule, scheduleId, type ScheduleRecord } from './manifests/schedule.ts';
import type { Store, StoredObject } from './store.ts';

/** Whether a text could be the id of a schedule. */
export const isScheduleId = (text: string): boolean => scheduleId.safeParse(text).success;

/** @returns whether it was free; false where another one has the id */
export async function keepSchedule(store: Store, record: ScheduleRecord): Promise<boolean> {
  return (await store.putIfAbsent(keys.schedule(record.id), encodeSchedule(record))).outcome === 'written';
}

/** @throws InvalidRecord */
export async function readSchedule(store: Store, id: string): Promise<ScheduleRecord | undefined> {
  const found = await store.get(keys.schedule(id));
  return found && parse(found);
}

/** All of them, by id; of those that can't be read the keys: one must not hide all others. */
export async function listSchedules(store: Store): Promise<{ records: ScheduleRecord[]; damaged: string[] }> {
  return listRecords(store, keys.schedules, parseSchedule);
}

/** Pauses or resumes it. Safe to retry. @returns what stands now; undefined where there is none */
export async function pauseSchedule(
  store: Store,
  id: string,
  change: Pick<ScheduleRecord, 'paused' | 'changedAt'>,
): Promise<ScheduleRecord | undefined> {
  let found = await store.get(keys.schedule(id));
  while (found !== undefined) {
    const standing = parse(found);
    if (standing.paused === change.paused) return standing;
    const next = { ...standing, ...change, revision: standing.revision + 1 };
    const write = await store.replaceIf(keys.schedule(id), encodeSchedule(next), found.etag);
    if (write.outcome === 'written') return next;
    found = write.current;
  }
  return undefined;
}

/** Safe to repeat. */
export async function forgetSchedule(store: Store, id: string): Promise<void> {
  await store.delete(keys.schedule(id));
}

const parse = ({ bytes, key }: StoredObject): ScheduleRecord => parseSchedule(bytes, key);
