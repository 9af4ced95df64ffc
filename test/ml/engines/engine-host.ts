import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { EngineHost } from '../../../ml/engines/open-engine.ts';
import { withModelFolder } from './model-folder.ts';

export const engineHost: EngineHost = {
  withModelFolder,
  readWasmBinary: () =>
    readFile(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm')),
};
