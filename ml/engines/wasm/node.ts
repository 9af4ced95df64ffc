// For Node: the packages as a whole, whose kernels are registered by importing. Nothing of them is loaded before the
// first model is opened, also where this module is bundled with those that never open one.

import type { CreateModule, WasmParts } from './parts.ts';
import { openWith, type WasmModel, type WasmModelFiles } from './wasm-model.ts';

export type { WasmModel } from './wasm-model.ts';

/** @throws UnsupportedModel, WasmFailure */
export const openWasmModel = async (files: WasmModelFiles): Promise<WasmModel> => openWith(await nodeParts(), files);

/** The packages. @throws when they aren't installed */
export async function nodeParts(): Promise<WasmParts> {
  const tf = await import('@tensorflow/tfjs-core');
  const { BackendWasm } = await import('@tensorflow/tfjs-backend-wasm');
  const glue = await import('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js');
  const create = glue.default as unknown as CreateModule; // its types tell of a default export it hasn't
  return {
    tf,
    Backend: BackendWasm,
    createModule: (settings) => withoutListeners(() => create(settings)),
    kernels: [],
  };
}

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** The glue listens to the process's errors while it starts, and for ever if it fails: it would end a server for others. */
function withoutListeners<T>(start: () => T): T {
  const before = EVENTS.map((event) => process.rawListeners(event));
  const started = start();
  EVENTS.forEach((event, index) => {
    for (const listener of process.rawListeners(event))
      if (!before[index]!.includes(listener)) process.off(event, listener as () => void);
  });
  return started;
}
