// Engines by name. Each is imported only when it is asked for: loading one costs seconds and hundreds of megabytes.

import type { EngineName, EngineOptions, TrainingEngine } from '../engine.ts';
import type { WithModelFolder } from './graph/session.ts';

/** What an engine needs from the machine, handed in because ml does no I/O. */
export interface EngineHost {
  withModelFolder: WithModelFolder;
  /** The SIMD binary of TensorFlow.js' WebAssembly backend. */
  readWasmBinary: () => Promise<Uint8Array>;
}

type OpenEngine = (options: EngineOptions, host: EngineHost) => Promise<TrainingEngine>;

const engines: Record<EngineName, OpenEngine> = {
  'tfjs-node': async (options, { withModelFolder }) =>
    (await import('./graph/engine.ts')).openGraphEngine(options, withModelFolder),
  wasm: async (options, { readWasmBinary }) =>
    (await import('./wasm/training/engine.ts')).openWasmEngine(options, await readWasmBinary()),
};

/**
 * Opens an engine; its variables hold nothing until `initialise`, `restoreState` or `restoreWeights`.
 * @throws EngineFailure when its library can't be loaded
 */
export const openEngine = (name: EngineName, options: EngineOptions, host: EngineHost): Promise<TrainingEngine> =>
  engines[name](options, host);
