import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Workspace } from '../workspace.ts';
import type { OpResult } from './op.ts';

const INFINITY_BITS = 0x7f800000;
const ALL_BUT_SIGN = 0x7fffffff;

/**
 * In place; a NaN stays one. Works on bits: half of the numbers are negative in no order, and a mispredicted branch each
 * would cost more than the rest of the layer.
 */
export function relu(workspace: Workspace, x: TensorInfo): OpResult {
  const bits = workspace.bits(x);
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!;
    const isNegative = value >> 31; // all bits set, or none
    const isNaN = (INFINITY_BITS - (value & ALL_BUT_SIGN)) >> 31;
    bits[i] = value & (~isNegative | isNaN);
  }
  return {
    y: x,
    backward(dy) {
      const y = workspace.bits(x); // 0 or positive: with a NaN the loss is one, and nobody comes here
      const gradient = workspace.bits(dy);
      for (let i = 0; i < y.length; i++) gradient[i] = gradient[i]! & (-y[i]! >> 31);
      return { input: dy };
    },
  };
}
