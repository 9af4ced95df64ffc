// Checks that ask the servers: do they answer, can they do what we need, does somebody take up the work.

import type { StoreConnection, TemporalConnection } from '../../../config/connection.ts';
import type { Check } from '../doctor.ts';
import { storeUrl } from '../environment.ts';
import { prepareStore } from '../prepare-store.ts';
import {
  addCommand,
  missingSearchAttributes,
  openTemporal,
  pollersOf,
  type SearchAttributes,
  serverVersion,
  type TemporalClient,
} from '../temporal-client.ts';

export async function checkTemporal(
  connection: TemporalConnection,
  needs: { searchAttributes: SearchAttributes; queues: readonly string[] },
): Promise<Check[]> {
  let client: TemporalClient;
  try {
    client = await openTemporal(connection);
  } catch (error) {
    const detail = `${connection.address} does not answer: ${(error as Error).message}`;
    return [{ name: 'temporal', state: 'failed', detail }];
  }
  try {
    const detail = `server ${await serverVersion(client)} at ${connection.address}, namespace ${connection.namespace}`;
    const queues = await Promise.all(needs.queues.map((queue) => checkQueue(client, queue)));
    return [
      { name: 'temporal', state: 'ok', detail },
      await checkAttributes(client, needs.searchAttributes),
      ...queues,
    ];
  } finally {
    await client.connection.close();
  }
}

/** Preparing it is also the probe: that throws where conditional writes don't hold. */
export async function checkStore(connection: StoreConnection): Promise<Check> {
  const name = 'store';
  try {
    await prepareStore(connection);
    return { name, state: 'ok', detail: `${storeUrl(connection)} answers and honours conditional writes` };
  } catch (error) {
    return { name, state: 'failed', detail: `${storeUrl(connection)}: ${(error as Error).message}` };
  }
}

async function checkAttributes(client: TemporalClient, wanted: SearchAttributes): Promise<Check> {
  const name = 'search attributes';
  const missing = await missingSearchAttributes(client, wanted);
  const names = Object.keys(missing);
  if (names.length === 0) return { name, state: 'ok', detail: 'all registered' };
  return { name, state: 'failed', detail: `missing: ${names.join(', ')}`, fix: addCommand(client, missing) };
}

async function checkQueue(client: TemporalClient, queue: string): Promise<Check> {
  const name = `queue ${queue}`;
  const { workflow, activity } = await pollersOf(client, queue);
  const detail = `${activity} worker(s) take steps, ${workflow} take workflows`;
  if (activity > 0) return { name, state: 'ok', detail };
  return { name, state: 'failed', detail: 'no worker asks it for work', fix: 'npm start' };
}
