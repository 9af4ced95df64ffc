// Packed images between the store and the run that will name them: no garbage collection may take them in that moment.

import { randomUUID } from 'node:crypto';
import { systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import { encodeLease } from '../../artifacts/manifests.ts';
import { holdStanding } from '../../artifacts/standing.ts';
import type { Store } from '../../artifacts/store.ts';
import { CommandFailed } from '../errors.ts';
import { partsOf, type PackedSource } from './pack.ts';

/**
 * Sees to it that every part stands until the run has its first record.
 * @throws CommandFailed when a collection took one meanwhile, and the store's errors
 */
export async function holdPacked(store: Store, packed: PackedSource, signal: AbortSignal): Promise<void> {
  const parts = partsOf(packed);
  const nonce = randomUUID();
  const lease = { workflowId: 'pack', attempt: 1, nonce, revision: 1, released: false } as const;
  // A collection that would take what is young waits for leases; this one counts for two minutes and is never released.
  await store.put(keys.lease('pack', nonce), encodeLease({ schemaVersion: 1, kind: 'lease', ...lease }));
  const standing = await holdStanding(
    { store, clock: systemClock, signal },
    parts.map(({ key }) => key),
  );
  if (parts.some(({ key }) => !standing.has(key)))
    throw new CommandFailed('a garbage collection took what was just packed. Say it again.');
}
