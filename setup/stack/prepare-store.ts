// Makes a store ready for use: the bucket is there, and its conditional writes mean what the durability rules need.

import { createBucket, openStore } from '../../artifacts/open-store.ts';
import { probeConditionalWrites } from '../../artifacts/probe.ts';
import type { StoreConnection } from '../../config/connection.ts';

/** Safe to repeat, also by several at once. @throws StoreUnavailable, StoreAccessDenied, and what the probe throws */
export async function prepareStore(connection: StoreConnection): Promise<void> {
  await createBucket(connection);
  await probeConditionalWrites(openStore(connection));
}
