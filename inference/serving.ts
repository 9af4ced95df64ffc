// What serving is made of, as its parts see each other: models that can answer, and threads that read frames with them.

import type { ModelVersion } from '../artifacts/manifests.ts';
import type { FrameReading, ReadOptions } from '../ml/reader/frame-reading.ts';

/** What an answer names as its maker. */
export interface ModelIdentity {
  name: string;
  version: number;
  /** The version digest, lower-case hex. */
  digest: string;
}

/** A version that has proved itself in every thread of the pool. */
export interface ServedModel extends ModelIdentity {
  record: ModelVersion;
  classes: string[];
  /** The least probability of a digit, 0–1. */
  threshold: number;
  preprocessing: ModelVersion['preprocessing'];
  /** When it took over, ISO 8601. */
  loadedAt: string;
}

/** One line of the repository index. `reason` says why a version is not READY. */
export interface ModelState {
  name: string;
  version: number;
  state: 'READY' | 'LOADING' | 'UNAVAILABLE';
  reason: string;
}

/** Keeps the pool at what an alias (or a pinned version) means. A bad model never replaces a good one. */
export interface ModelManager {
  readonly modelName: string;
  /** What answers now; undefined until the first model was loaded. */
  current(): ServedModel | undefined;
  /** What the pool holds: `current`, and the one before it for an instant roll-back. */
  loaded(): ServedModel[];
  /** Versions this worker has, loads or failed to load. */
  states(): ModelState[];
  /** TensorFlow Serving's labels: only such as point at a loaded version. */
  labels(): { stable?: number; canary?: number; previous?: number };
  /** Called after each swap, before any frame of the new model is answered. @returns a function that forgets it */
  onSwap(listener: (model: ServedModel) => void): () => void;
  /** Looks at the alias now. Resolves when what it means is loaded or has failed. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** A frame as it came. `gray8` has one byte a pixel and its sides; the others are decoded from their own bytes. */
export type EncodedFrame =
  | { kind: 'gray8'; bytes: Uint8Array; width: number; height: number }
  | { kind: 'jpeg'; bytes: Uint8Array }
  | { kind: 'picture'; bytes: Uint8Array };

export interface ReadFrameOptions extends ReadOptions {
  /** One of the loaded versions. @default the current one */
  version?: number | undefined;
}

export interface FrameAnswer {
  reading: FrameReading;
  /** The one model that read the whole frame. */
  model: ModelIdentity;
  /** Sides of the frame as sent; boxes are in its pixels. */
  size: { width: number; height: number };
  ms: { queue: number; decode: number; locate: number; infer: number; total: number };
}

/** Threads that decode, locate, preprocess and infer whole frames. Frames taken before a swap end on the old model. */
export interface ReaderPool {
  readonly threads: number;
  /** Frames being read or waiting inside the pool. Whoever wants no queue keeps it at `threads` or a little above. */
  readonly underway: number;
  /** @throws UnreadableImage, InvalidImage, NoModel, UnknownVersion, PoolClosed */
  readFrame(frame: EncodedFrame, options?: ReadFrameOptions): Promise<FrameAnswer>;
  /**
   * Probabilities [count, classes] of network inputs.
   * @param values [count, 32, 32, 1] float32 in [0, 1]; they may be moved to the thread and be empty afterwards
   * @throws NoModel, UnknownVersion, PoolClosed
   */
  infer(
    values: Float32Array,
    count: number,
    version?: number,
  ): Promise<{ probabilities: Float32Array; model: ModelIdentity }>;
  close(): Promise<void>;
}
