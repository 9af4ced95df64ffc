// Runtimes by name. Each is imported only when it is asked for.

import type { Runtime, RuntimeModel } from './runtime.ts';

export type RuntimeName = 'onnxruntime-node' | 'tfjs-node' | 'wasm';

const openers: Record<RuntimeName, (model: RuntimeModel) => Promise<Runtime>> = {
  'onnxruntime-node': async ({ onnx, classCount }) =>
    (await import('./onnx.ts')).createOnnxRuntime({ model: onnx, classCount }),
  'tfjs-node': async ({ layers, classCount }) =>
    (await import('./tfjs-node.ts')).createTfjsNodeRuntime({ layers, classCount }),
  wasm: async ({ layers, classCount }) => (await import('./wasm.ts')).createWasmRuntime({ layers, classCount }),
};

/** @throws RuntimeFailure when the runtime can't load the model */
export const openRuntime = (name: RuntimeName, model: RuntimeModel): Promise<Runtime> => openers[name](model);
