// What decides the bits of TensorFlow's results besides code and data, as far as it can be chosen.

export interface EngineSettings {
  /** oneDNN kernels: twice as fast, other roundings. */
  oneDnn: boolean;
  /** Threads inside one op. */
  threads: number;
  /** The newest instruction set oneDNN may use, pinned so that a newer CPU of the same model rounds alike. */
  maxCpuIsa: 'AVX2' | 'AVX512_CORE';
}

export const DEFAULT_ENGINE_SETTINGS: EngineSettings = { oneDnn: true, threads: 2, maxCpuIsa: 'AVX512_CORE' };

/** The environment variables that make TensorFlow follow the settings; read once, when it is loaded. */
export const engineEnvironment = ({ oneDnn, threads, maxCpuIsa }: EngineSettings): Record<string, string> => ({
  TF_ENABLE_ONEDNN_OPTS: oneDnn ? '1' : '0',
  TF_NUM_INTRAOP_THREADS: String(threads),
  TF_NUM_INTEROP_THREADS: '1',
  ONEDNN_MAX_CPU_ISA: maxCpuIsa,
});

/** The settings a process really has. @throws TypeError when one is missing or unknown */
export function settingsFromEnvironment(environment: NodeJS.ProcessEnv): EngineSettings {
  const threads = Number(environment['TF_NUM_INTRAOP_THREADS']);
  const maxCpuIsa = environment['ONEDNN_MAX_CPU_ISA'];
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new TypeError(`TF_NUM_INTRAOP_THREADS: expected an integer from 1, got ${threads}`);
  }
  if (maxCpuIsa !== 'AVX2' && maxCpuIsa !== 'AVX512_CORE') {
    throw new TypeError(`ONEDNN_MAX_CPU_ISA: expected AVX2 or AVX512_CORE, got ${maxCpuIsa}`);
  }
  return { oneDnn: environment['TF_ENABLE_ONEDNN_OPTS'] === '1', threads, maxCpuIsa };
}
