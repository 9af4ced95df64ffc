// What a step that needs the engine gets beside its context: local files of verified blobs, the trainer, checkpoints.

import type { ArtifactRef } from '../artifacts/store.ts';
import type { EngineName } from '../ml/engine.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Trainer } from './trainer/start-trainer.ts';

export interface EngineAccess {
  /** A local file with exactly the ref's bytes. @throws DamagedArtifact */
  readToFile: (ref: ArtifactRef) => Promise<string>;
  /** Runs `use` with a trainer of its own that is gone afterwards, however it ends. */
  withTrainer: <T>(engine: EngineName, use: (trainer: Trainer) => Promise<T>) => Promise<T>;
  checkpoints: Checkpoints;
}

/** float32 little-endian bytes of numbers: a view where it can be one. */
export const floatBytes = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Numbers from float32 little-endian bytes: a copy, because bytes from a store may start at any offset. */
export const floatsOf = (bytes: Uint8Array): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer);
