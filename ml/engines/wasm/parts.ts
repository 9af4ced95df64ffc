// What of TensorFlow.js a published model needs. It is handed in: a page names the modules one by one, Node imports whole
// packages, and only when a model is opened.

import type * as core from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { BackendWasmModule } from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';

export type TensorFlowCore = Pick<
  typeof core,
  | 'avgPool'
  | 'findBackendFactory'
  | 'fused'
  | 'getBackend'
  | 'maxPool'
  | 'registerBackend'
  | 'registerKernel'
  | 'relu'
  | 'removeBackend'
  | 'reshape'
  | 'setBackend'
  | 'softmax'
  | 'tensor'
  | 'tensor4d'
  | 'tidy'
>;

/** Emscripten's glue with what its types leave out. */
export type WasmModule = BackendWasmModule & {
  cwrap(name: string, returns: 'number' | null, takes: 'number'[]): (...numbers: number[]) => number;
};

/** Makes a module of a binary without threads, plain or SIMD. */
export type CreateModule = (settings: {
  wasmBinary: Uint8Array;
  printErr: (text: string) => void;
}) => Promise<WasmModule>;

export interface WasmParts {
  tf: TensorFlowCore;
  Backend: typeof BackendWasm;
  createModule: CreateModule;
  /** Those that are not registered by importing. */
  kernels: readonly core.KernelConfig[];
}
