// Starts the WebAssembly backend of TensorFlow.js from bytes that the caller has, so that it fetches nothing by itself:
// in the page they come from a cache and stay usable without a server, in Node from a file.

import { WasmFailure } from './errors.ts';
import type { WasmParts } from './parts.ts';

export const BACKEND = 'wasm';

let started: Promise<void> | undefined;

/**
 * The backend of this page, worker or thread: one, whatever binary comes later. Safe to retry.
 * @param binary the .wasm file, plain or SIMD: the choice is the caller's, because bits may differ between the two
 * @throws WasmFailure when WebAssembly refuses the binary
 */
export function startBackend(parts: WasmParts, binary: Uint8Array): Promise<void> {
  started ??= start(parts, binary).catch((cause: unknown) => {
    started = undefined; // the next call may bring a better binary
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WasmFailure(`expected a WebAssembly binary of TensorFlow.js, got ${binary.length} bytes: ${reason}`, {
      cause,
    });
  });
  return started;
}

async function start({ tf, Backend, createModule, kernels }: WasmParts, wasmBinary: Uint8Array): Promise<void> {
  const module = await createModule({ wasmBinary, printErr: () => undefined }); // a failure is thrown, too
  // What the package's own start does, which only takes addresses of files.
  const numbers = (count: number): 'number'[] => Array.from({ length: count }, () => 'number' as const);
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, numbers(1)),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, numbers(3)),
    disposeData: module.cwrap('dispose_data', null, numbers(1)),
    dispose: module.cwrap('dispose', null, []),
  };
  // The package for Node registers one that looks for its files by itself.
  if (tf.findBackendFactory(BACKEND) !== null) tf.removeBackend(BACKEND);
  tf.registerBackend(BACKEND, () => new Backend(module));
  for (const kernel of kernels) tf.registerKernel(kernel);
  await tf.setBackend(BACKEND);
}
