// The real Temporal dev server that the whole test run shares.

import { Connection } from '@temporalio/client';
import { sharedServer } from './shared-server.ts';
import type { TemporalAddress } from './start-temporal.ts';

/** The server that all test files of this run share; made when the first one asks. Use queue names of your own. */
export function sharedTemporal(): Promise<TemporalAddress> {
  return sharedServer('temporal');
}

/** A client's connection to the shared server; close it after the tests. */
export async function connectToSharedTemporal(): Promise<TemporalAddress & { connection: Connection }> {
  const shared = await sharedTemporal();
  return { ...shared, connection: await Connection.connect({ address: shared.address }) };
}
