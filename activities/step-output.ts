// What a compute function gave back, held against its promises before anything is recorded.

import { canonicalBytes } from '../artifacts/canonical.ts';
import type { Clock } from '../artifacts/clock.ts';
import type { RecordedBlob } from '../artifacts/manifests.ts';
import { holdStanding } from '../artifacts/standing.ts';
import type { ArtifactRef, Store } from '../artifacts/store.ts';
import { InvalidStepOutput, OutputVanished } from './step-errors.ts';
import type { StepOutput } from './step.ts';

/** It stands in the history, in every later payload of the run's view, and in records. */
const MAX_SUMMARY_BYTES = 2_048;

export interface MadeOutput {
  step: string;
  made: StepOutput;
  /** What the step wrote, by key. */
  written: ReadonlyMap<string, RecordedBlob>;
}

/**
 * @returns every blob of the step, written or included, as the store shows it now
 * @throws InvalidStepOutput, OutputVanished, and the store's errors
 */
export async function checkOutput(
  { store, clock, signal }: { store: Store; clock: Pick<Clock, 'sleep'>; signal?: AbortSignal | undefined },
  { step, made, written }: MadeOutput,
): Promise<RecordedBlob[]> {
  const summaryBytes = canonicalBytes(made.summary).byteLength;
  if (summaryBytes > MAX_SUMMARY_BYTES) {
    throw new InvalidStepOutput(step, `a summary of at most ${MAX_SUMMARY_BYTES} bytes`, `${summaryBytes}`);
  }
  const refs = new Map<string, ArtifactRef>([
    ...written,
    ...(made.includes ?? []).map((ref) => [ref.key, ref] as const),
  ]);
  if (!refs.has(made.output.key)) {
    throw new InvalidStepOutput(step, 'an output that it wrote or includes', made.output.key);
  }
  const standing = await holdStanding({ store, clock, signal }, [...refs.keys()]);
  return [...refs.values()].map(({ key, sha256, sizeBytes }) => {
    const found = standing.get(key);
    if (found === undefined) throw new OutputVanished(step, key, 'nothing');
    if (found.sizeBytes !== sizeBytes)
      throw new OutputVanished(step, key, `${found.sizeBytes} bytes, not ${sizeBytes}`);
    return { key, sha256, sizeBytes, etag: found.etag };
  });
}
