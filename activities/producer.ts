// Which step of a run made a blob: asked only when the blob is damaged, to know what to compute anew.

import { DamagedArtifact, type Producer } from '../artifacts/blobs.ts';
import { keys } from '../artifacts/keys.ts';
import { parseRunStepRecord, parseStepRecord, type RunIdentity } from '../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../artifacts/store.ts';

/** @returns undefined when no finished step of this run names the blob */
export async function findProducer(store: Store, run: RunIdentity, ref: ArtifactRef): Promise<Producer | undefined> {
  for await (const { key } of store.list(keys.runSteps(run))) {
    const ofRun = await store.get(key);
    if (ofRun === undefined) continue;
    const { step, stepKey } = parseRunStepRecord(ofRun.bytes, key);
    const recordKey = keys.step(step, stepKey);
    const record = await store.get(recordKey);
    if (record === undefined) continue;
    if (parseStepRecord(record.bytes, recordKey).blobs.some((blob) => blob.key === ref.key)) return { step, stepKey };
  }
  return undefined;
}

/** Throws the error on; a DamagedArtifact with the step that made it, where this run knows it. */
export async function failWithProducer(error: unknown, store: Store, run: RunIdentity): Promise<never> {
  if (!(error instanceof DamagedArtifact) || error.stepKey !== undefined) throw error;
  // The damage is what matters: it is told even where its maker can't be found.
  const producer = await findProducer(store, run, error.ref).catch(() => undefined);
  throw producer === undefined ? error : new DamagedArtifact(error.ref, error.got, { producer, cause: error });
}
