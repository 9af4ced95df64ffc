// Opens the backend for training: in Node only, SIMD only.

import type { KernelFunc } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { EngineFailure } from '../../errors.ts';
import { BACKEND, startBackend } from '../backend.ts';
import { nodeParts } from '../node.ts';
import type { Kernels } from './workspace.ts';

/**
 * One thread, no threads of its own.
 * @param binary the SIMD binary: the plain one rounds otherwise and is several times slower
 * @throws EngineFailure when a package is missing or WebAssembly refuses the binary
 */
export async function openKernels(binary: Uint8Array): Promise<Kernels> {
  try {
    const parts = await nodeParts();
    await startBackend(parts, binary);
    const tf = await import('@tensorflow/tfjs-core');
    const kernel = (name: string): KernelFunc => {
      const found = tf.getKernel(name, BACKEND);
      if (found == null) throw new EngineFailure(`wasm: expected a kernel ${name}, got none`);
      return found.kernelFunc;
    };
    return {
      backend: tf.findBackend(BACKEND) as unknown as BackendWasm,
      conv2d: kernel('Conv2D'),
      batchMatMul: kernel('BatchMatMul'),
      maxPool: kernel('MaxPool'),
    };
  } catch (cause) {
    if (cause instanceof EngineFailure) throw cause;
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new EngineFailure(`TensorFlow.js' WebAssembly backend can't be started: ${reason}`, { cause });
  }
}
