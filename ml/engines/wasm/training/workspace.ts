// The memory of one training step or prediction inside WebAssembly, and the kernels of TensorFlow.js that do nearly all
// of its arithmetic: convolution, matrix product, pooling (XNNPACK). Kernels are called directly rather than through
// TensorFlow.js' operations, so it doesn't matter which backend that has chosen, and nothing of its tape is paid for.

import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { sizeOf } from '../../../model.ts';
import { EngineFailure } from '../../errors.ts';

export interface Kernels {
  backend: BackendWasm;
  /** Named as TensorFlow.js names its kernels. */
  conv2d: KernelFunc;
  batchMatMul: KernelFunc;
  maxPool: KernelFunc;
}

export interface Workspace {
  /** Memory for numbers of this shape, holding anything. @throws EngineFailure when memory is short */
  allocate(shape: number[]): TensorInfo;
  /** The same, holding these numbers. */
  from(values: Float32Array, shape: number[]): TensorInfo;
  /** The numbers themselves. A view that is gone after the next call that allocates: WebAssembly may move its memory. */
  floats(tensor: TensorInfo): Float32Array;
  /** The same memory as the bits of the numbers, for what would be a branch that no processor can foresee. */
  bits(tensor: TensorInfo): Int32Array;
  /** Stride 1. @param x [batch, height, width, in] @param kernel [height, width, in, out] @param padding on every side */
  conv(x: TensorInfo, kernel: TensorInfo, padding: number): TensorInfo;
  /** @param a [rows, n] @param b [n, columns] */
  matmul(a: TensorInfo, b: TensorInfo): TensorInfo;
  /** Largest value of windows of size × size. @param x [batch, height, width, channels] */
  maxPool(x: TensorInfo, size: number): TensorInfo;
  /** The same numbers in another shape. */
  reshape(tensor: TensorInfo, shape: number[]): TensorInfo;
}

/** Runs `use` with a workspace whose memory is free again afterwards, however it ends. */
export function inWorkspace<T>(
  { backend, conv2d, batchMatMul, maxPool }: Kernels,
  use: (workspace: Workspace) => T,
): T {
  const held = new Set<TensorInfo['dataId']>();
  const hold = (tensor: TensorInfo): TensorInfo => {
    held.add(tensor.dataId);
    if (backend.getMemoryOffset(tensor.dataId) === 0) {
      throw new EngineFailure(
        `wasm: expected memory for ${tensor.shape.join(' × ')} numbers, got none. Lower batchSize.`,
      );
    }
    return tensor;
  };
  const workspace: Workspace = {
    allocate: (shape) => hold(backend.makeOutput(shape, 'float32')),
    from: (values, shape) => hold(backend.makeOutput(shape, 'float32', undefined, values)),
    floats: (tensor) => backend.typedArrayFromHeap(tensor) as Float32Array,
    bits(tensor) {
      const { buffer, byteOffset, length } = backend.typedArrayFromHeap(tensor);
      return new Int32Array(buffer, byteOffset, length);
    },
    conv(x, kernel, padding) {
      // Each side by itself: with one number TensorFlow.js takes every kernel for a square and allocates too little.
      const sides = [padding, padding];
      const pad = [[0, 0], sides, sides, [0, 0]];
      const attrs = { strides: [1, 1], pad, dilations: [1, 1], dataFormat: 'NHWC' };
      return hold(conv2d({ inputs: { x, filter: kernel }, backend, attrs }) as TensorInfo);
    },
    matmul(a, b) {
      const attrs = { transposeA: false, transposeB: false };
      return hold(batchMatMul({ inputs: { a, b }, backend, attrs }) as TensorInfo);
    },
    maxPool(x, size) {
      const attrs = { filterSize: [size, size], strides: [size, size], pad: 'valid' };
      return hold(maxPool({ inputs: { x }, backend, attrs }) as TensorInfo);
    },
    reshape(tensor, shape) {
      if (sizeOf(shape) !== sizeOf(tensor.shape))
        throw new RangeError(`reshape: expected the size of ${tensor.shape.join(' × ')}, got ${shape.join(' × ')}`);
      return { ...tensor, shape };
    },
  };
  try {
    return use(workspace);
  } finally {
    for (const dataId of held) backend.disposeData(dataId);
  }
}
