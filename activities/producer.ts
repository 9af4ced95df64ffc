// Which step of a run made a blob: asked only when the blob is damaged, to know what to compute anew.

import { DamagedArtifact, type Producer } from '../artifacts/blobs.ts';
import { keys } from '../artifacts/keys.ts';
import { InvalidRecord, parseRunStepRecord, parseStepRecord, type RunIdentity } from '../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../artifacts/store.ts';

/** @returns undefined when no finished step of this run names the blob, in a record that can be read */
export async function findProducer(store: Store, run: RunIdentity, ref: ArtifactRef): Promise<Producer | undefined> {
  for await (const { key } of store.list(keys.runSteps(run))) {
    const ofRun = await readRecord(store, key, parseRunStepRecord);
    if (ofRun === undefined) continue;
    const { step, stepKey } = ofRun;
    const record = await readRecord(store, keys.step(step, stepKey), parseStepRecord);
    if (record?.blobs.some((blob) => blob.key === ref.key)) return { step, stepKey };
  }
  return undefined;
}

/** Another record that is damaged, too, is no reason to look no further. */
async function readRecord<Record>(
  store: Store,
  key: string,
  parse: (bytes: Uint8Array, key: string) => Record,
): Promise<Record | undefined> {
  const found = await store.get(key);
  try {
    return found && parse(found.bytes, key);
  } catch (error) {
    if (error instanceof InvalidRecord) return undefined;
    throw error;
  }
}

/** Throws the error on; a DamagedArtifact with the step that made it, where this run knows it. */
export async function failWithProducer(error: unknown, store: Store, run: RunIdentity): Promise<never> {
  if (!(error instanceof DamagedArtifact) || error.stepKey !== undefined) throw error;
  // The damage is what matters: it is told even where its maker can't be found.
  const producer = await findProducer(store, run, error.ref).catch(() => undefined);
  throw producer === undefined ? error : new DamagedArtifact(error.ref, error.got, { producer, cause: error });
}
