// Images on this machine into the store, and the source that names them there.

import { putBlob } from '../../artifacts/blobs.ts';
import type { Store } from '../../artifacts/store.ts';
import type { CliContext } from '../context.ts';
import type { GivenSource } from '../settings.ts';
import { type GivenDataset, givenSource } from './given-datasets.ts';
import { holdBlobs } from './hold-blobs.ts';
import { type LocalDataset, packDataset, type PackedSource, partsOf } from './pack.ts';
import { packingDisplay } from './packing-display.ts';

/**
 * Packs what lies on this machine. Safe to repeat: equal bytes are stored once.
 * @returns the source; undefined where nothing was given that a run would not take by itself
 * @throws CannotPack, CommandFailed, and the store's errors
 */
export async function packGiven(context: CliContext, given: readonly GivenDataset[]): Promise<GivenSource | undefined> {
  const packed = new Map<LocalDataset, PackedSource>();
  for (const { local } of given)
    if (local !== undefined) packed.set(local, await packOne(context, await context.store(), local));
  for (const source of packed.values())
    await holdBlobs(await context.store(), partsOf(source), { what: 'what was just packed', signal: context.signal });
  return givenSource(given, (local) => packed.get(local)!);
}

async function packOne(context: CliContext, store: Store, local: LocalDataset): Promise<PackedSource> {
  const display = packingDisplay(context.terminal, local.name);
  try {
    return await packDataset(local, {
      write: async (bytes) => (await putBlob(store, bytes)).ref,
      progress: (done) => display.update(done),
      signal: context.signal,
    });
  } finally {
    display.close();
  }
}
