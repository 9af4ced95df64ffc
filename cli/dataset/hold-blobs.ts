// Blobs between the store and the record that will name them: no garbage collection may take them in that moment.

import { randomUUID } from 'node:crypto';
import { systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import { encodeLease } from '../../artifacts/manifests.ts';
import { holdStanding } from '../../artifacts/standing.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { CommandFailed } from '../errors.ts';

/**
 * Sees to it that every blob stands until something names it: two minutes at least.
 * @param what it is, for the error: `what was just packed`
 * @throws CommandFailed when a collection took one meanwhile, and the store's errors
 */
export async function holdBlobs(
  store: Store,
  blobs: readonly Pick<ArtifactRef, 'key'>[],
  { what, signal }: { what: string; signal: AbortSignal },
): Promise<void> {
  const nonce = randomUUID();
  const lease = { workflowId: 'pack', attempt: 1, nonce, revision: 1, released: false } as const;
  // A collection that would take what is young waits for leases; this one counts for two minutes and is never released.
  await store.put(keys.lease('pack', nonce), encodeLease({ schemaVersion: 1, kind: 'lease', ...lease }));
  const standing = await holdStanding(
    { store, clock: systemClock, signal },
    blobs.map(({ key }) => key),
  );
  if (blobs.some(({ key }) => !standing.has(key)))
    throw new CommandFailed(`a garbage collection took ${what}. Say it again.`);
}
