// What decides the bits of an engine's results besides code and data, as far as it can be chosen.

import type { EngineName } from '../../ml/engine.ts';

/** Of TensorFlow's own library. */
export interface TensorFlowSettings {
  engine: 'tfjs-node';
  /** oneDNN kernels: twice as fast, other roundings. */
  oneDnn: boolean;
  /** Threads inside one op. */
  threads: number;
  /** The newest instruction set oneDNN may use, pinned so that a newer CPU of the same model rounds alike. */
  maxCpuIsa: 'AVX2' | 'AVX512_CORE';
}

/** WebAssembly leaves nothing to choose: one thread, one binary. */
export interface WasmSettings {
  engine: 'wasm';
}

export type EngineSettings = TensorFlowSettings | WasmSettings;

export const DEFAULT_ENGINE_SETTINGS: TensorFlowSettings = {
  engine: 'tfjs-node',
  oneDnn: true,
  threads: 2,
  maxCpuIsa: 'AVX512_CORE',
};

export const settingsOf = (engine: EngineName): EngineSettings =>
  engine === 'wasm' ? { engine } : DEFAULT_ENGINE_SETTINGS;

/** Tells a trainer child which engine it has. */
const ENGINE_VARIABLE = 'DIGITFLOW_TRAINER_ENGINE';

/** The environment variables that make an engine follow the settings; read once, when it is loaded. */
export const engineEnvironment = (settings: EngineSettings): Record<string, string> => ({
  [ENGINE_VARIABLE]: settings.engine,
  ...(settings.engine === 'tfjs-node' && {
    TF_ENABLE_ONEDNN_OPTS: settings.oneDnn ? '1' : '0',
    TF_NUM_INTRAOP_THREADS: String(settings.threads),
    TF_NUM_INTEROP_THREADS: '1',
    ONEDNN_MAX_CPU_ISA: settings.maxCpuIsa,
  }),
});

/** The settings a process really has. @throws TypeError when one is missing or unknown */
export function settingsFromEnvironment(environment: NodeJS.ProcessEnv): EngineSettings {
  const engine = environment[ENGINE_VARIABLE];
  if (engine === 'wasm') return { engine };
  if (engine !== 'tfjs-node') throw new TypeError(`${ENGINE_VARIABLE}: expected tfjs-node or wasm, got ${engine}`);
  const threads = Number(environment['TF_NUM_INTRAOP_THREADS']);
  const maxCpuIsa = environment['ONEDNN_MAX_CPU_ISA'];
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new TypeError(`TF_NUM_INTRAOP_THREADS: expected an integer from 1, got ${threads}`);
  }
  if (maxCpuIsa !== 'AVX2' && maxCpuIsa !== 'AVX512_CORE') {
    throw new TypeError(`ONEDNN_MAX_CPU_ISA: expected AVX2 or AVX512_CORE, got ${maxCpuIsa}`);
  }
  return { engine, oneDnn: environment['TF_ENABLE_ONEDNN_OPTS'] === '1', threads, maxCpuIsa };
}
