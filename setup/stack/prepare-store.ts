// Makes a store ready for use: the bucket is there, and its conditional writes mean what the durability rules need.

import { createBucket, openStore } from '../../artifacts/open-store.ts';
import { probeConditionalWrites } from '../../artifacts/probe.ts';
import type { StoreConnection } from '../../config/connection.ts';
import { abortable, waitUntil } from './wait-until.ts';

/** Safe to repeat, also by several at once. @throws ConditionalWritesIgnored, StoreUnavailable, StoreAccessDenied */
export async function prepareStore(connection: StoreConnection): Promise<void> {
  await createBucket(connection);
  await probeConditionalWrites(openStore(connection));
}

/**
 * The same, but waits while the store says "later": MinIO reports itself ready some moments before it takes requests.
 * @throws ConditionalWritesIgnored, StoreAccessDenied at once; NotReady after the time
 */
export async function prepareStoreOnceUp(
  connection: StoreConnection,
  { what, timeoutMs, signal }: { what: string; timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const tryOnce = (): Promise<{ error?: unknown }> =>
    prepareStore(connection).then(
      () => ({}),
      (error: unknown) => {
        if ((error as { retryable?: unknown }).retryable === true) throw error;
        return { error };
      },
    );
  // Files answer at once; a server that doesn't must not hold up a stop.
  const ask = connection.kind === 'file' ? tryOnce : () => abortable(tryOnce(), signal);
  const result = await waitUntil(ask, { what, timeoutMs, signal });
  if (result.error !== undefined) throw result.error;
}
