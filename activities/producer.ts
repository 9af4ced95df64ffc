// Which step of a run made a blob: asked only when the blob is damaged, to know what to compute anew.

import type { Producer } from '../artifacts/blobs.ts';
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
