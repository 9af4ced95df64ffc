// For Node: the package as a whole, whose kernels are registered by importing it.

import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import createModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import type { WasmParts } from './backend.ts';
import { wasmModelOpener } from './wasm-model.ts';

export type { WasmModel } from './wasm-model.ts';

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
const create = createModule as unknown as WasmParts['createModule']; // its types tell of a default export it hasn't

/** The glue listens to the process's errors while it starts, and for ever if it fails: it would end a server for others. */
const createQuietly: WasmParts['createModule'] = (settings) => {
  const before = EVENTS.map((event) => process.rawListeners(event));
  const module = create(settings);
  EVENTS.forEach((event, index) => {
    for (const listener of process.rawListeners(event))
      if (!before[index]!.includes(listener)) process.off(event, listener as () => void);
  });
  return module;
};

export const openWasmModel = wasmModelOpener({
  Backend: BackendWasm,
  createModule: createQuietly,
  kernels: [],
});
