// What a compute function gets to work with: reads that are verified and writes that are remembered for the record.

import { getBlob, putBlob } from '../artifacts/blobs.ts';
import type { RecordedBlob, RunIdentity } from '../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../artifacts/store.ts';
import { failWithProducer } from './producer.ts';
import type { StepContext, StepProgress } from './step.ts';
import type { StepLog } from './step-log.ts';

export interface ContextOptions {
  store: Store;
  log: StepLog;
  signal: AbortSignal;
  run: RunIdentity;
  onProgress: (progress: StepProgress) => void;
  /** Uploads every blob anew, so that one damaged behind an unchanged ETag is mended. */
  rewrite: boolean;
}

export interface RecordingContext {
  context: StepContext;
  /** Key → blob, in the order of first writing. */
  written: Map<string, RecordedBlob>;
  warnings: string[];
}

export function createContext({ store, log, signal, run, onProgress, rewrite }: ContextOptions): RecordingContext {
  const written = new Map<string, RecordedBlob>();
  const warnings: string[] = [];
  const context: StepContext = {
    signal,
    async read(ref) {
      signal.throwIfAborted();
      return getBlob(store, ref).catch((error: unknown) => failWithProducer(error, store, run));
    },
    async write(bytes): Promise<ArtifactRef> {
      signal.throwIfAborted();
      const { ref, etag } = await putBlob(store, bytes, { always: rewrite });
      written.set(ref.key, { ...ref, etag });
      return ref;
    },
    progress: onProgress,
    warn(message) {
      warnings.push(message);
      log.warn({}, message);
    },
  };
  return { context, written, warnings };
}
