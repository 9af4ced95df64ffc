// The port a trainer sees. An engine knows a network, its variables and one optimizer step; it knows nothing about
// datasets, schedules, files, checkpoints or runs.

import type { NetworkName } from './model.ts';

/** `tfjs-node`: TensorFlow's own library. `wasm`: TensorFlow.js in WebAssembly, on any machine that runs Node. */
export type EngineName = 'tfjs-node' | 'wasm';

/** What decides the bits of a result besides code and data. Stands in step keys and checkpoints as canonical JSON. */
export interface EngineFingerprint {
  engine: EngineName;
  /** Library name → version or digest, e.g. libtensorflow, the native binding, TensorFlow.js. */
  libraries: Record<string, string>;
  oneDnn: boolean;
  /** The newest instruction set that oneDNN may use; that of the binary in WebAssembly. */
  maxCpuIsa: string;
  threads: number;
  /** The CPU's model where bits depend on it; its architecture alone in WebAssembly. */
  cpu: string;
}

export interface EngineOptions {
  network: NetworkName;
  classCount: number;
  /** 0 … 0.5; 0 turns it off. */
  labelSmoothing: number;
  /** Decoupled weight decay of AdamW, applied to kernels only, multiplied by the rate. */
  weightDecay: number;
  /** Share of the old running statistic that a step keeps, 0 … 1. */
  batchNormMomentum: number;
  /** Seeds the first weights and the dropout masks. */
  seed: number;
}

export interface Batch {
  /** [batch, 32, 32, 1] bytes; the engine divides by 255. */
  images: Uint8Array;
  /** [batch] class indices. */
  labels: Int32Array;
}

export interface TrainStepResult {
  /** Mean loss over the batch, smoothed labels included. */
  loss: number;
  /** How many of the batch were right before this step. */
  correct: number;
}

export interface TrainingEngine {
  /** How many floats the weights vector has. */
  readonly weightsSize: number;
  /** How many floats the state has: weights, then the first, then the second Adam moments of what is trained. */
  readonly stateSize: number;
  /** Sets every variable to its first value. */
  initialise(): void;
  /**
   * One optimizer step. Synchronous: blocks its thread for 7–15 ms (compact, batch 128), in WebAssembly for 50–100 ms.
   * @param trainStep counted from 1: with the state it is the whole checkpoint (Adam's powers, dropout's masks)
   * @param rate learning rate of this step
   * @throws RangeError for wrong sizes or labels; NotFiniteLoss when the loss, a gradient or a statistic is NaN or
   *   infinite; EngineFailure when the engine fails. The state is then as before the step.
   */
  trainStep(batch: Batch, trainStep: number, rate: number): TrainStepResult;
  /** A copy of the whole state, [stateSize] float32. Only reads: never changes what comes after. */
  exportState(): Float32Array;
  restoreState(state: Float32Array): void;
  /** The weights alone, laid out as `parametersOf(networks[network], classCount)`. */
  exportWeights(): Float32Array;
  /** Replaces the weights and leaves the moments alone: enough for `predict`, not for `trainStep` on a new engine. */
  restoreWeights(weights: Float32Array): void;
  /** Logits [count, classCount] of `count` images, statistics frozen, no dropout. Works in chunks; memory bounded. */
  predict(images: Uint8Array, count: number): Float32Array;
  /** Frees the variables; nothing else may be called afterwards. */
  dispose(): void;
}
