// At a worker's start: schedules that the store remembers and Temporal has lost are made again.

import { listSchedules, readSchedule } from '../artifacts/schedules.ts';
import type { Store } from '../artifacts/store.ts';
import type { TemporalConnection } from '../config/connection.ts';
import { makeSchedules } from '../setup/stack/schedules.ts';
import { QUEUES, TRAIN_PIPELINE } from '../workflows/contract.ts';
import { log } from './log.ts';

/** Never throws: a worker without schedules does its work all the same. */
export async function keepSchedules(store: Store, temporal: TemporalConnection): Promise<void> {
  try {
    const { records, damaged } = await listSchedules(store);
    if (damaged.length > 0) log.warn({ damaged }, 'records of schedules that can not be read');
    if (records.length === 0) return; // Temporal's client is half a second of loading
    const [{ openTemporal }, { Client }] = await Promise.all([
      import('../setup/stack/temporal-client.ts'),
      import('../setup/stack/temporal-library.ts'),
    ]);
    const { connection, namespace } = await openTemporal(temporal);
    try {
      const made = await makeSchedules(new Client({ connection, namespace }), records, {
        workflow: { workflowType: TRAIN_PIPELINE, taskQueue: QUEUES.pipeline },
        isWanted: async (id) => (await readSchedule(store, id)) !== undefined,
      });
      if (made.length > 0) log.info({ schedules: made }, 'schedules that Temporal had lost are made again');
    } finally {
      await connection.close();
    }
  } catch (error) {
    log.warn({ error: error instanceof Error ? error.message : String(error) }, 'schedules could not be looked after');
  }
}
