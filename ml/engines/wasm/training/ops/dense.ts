import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../../model.ts';
import { reverseSides } from '../transpose.ts';
import type { Workspace } from '../workspace.ts';
import type { OpResult } from './op.ts';

/** Matrix product. @param x [rows, n] @param kernel [n, columns] */
export function matmul(
  workspace: Workspace,
  x: TensorInfo,
  kernel: { values: Float32Array; shape: number[] },
): OpResult {
  const [rows, inner] = x.shape as [number, number];
  const columns = kernel.shape[1]!;
  const weights = workspace.from(kernel.values, kernel.shape);
  return {
    y: workspace.matmul(x, weights),
    backward(dy, isInputNeeded) {
      const product = workspace.matmul(transposed(workspace, x, rows, inner), dy); // [n, columns]
      const gradient = Float32Array.from(workspace.floats(product));
      const input = isInputNeeded ? workspace.matmul(dy, transposed(workspace, weights, inner, columns)) : undefined;
      return { weights: { kernel: gradient }, input };
    },
  };
}

function transposed(workspace: Workspace, matrix: TensorInfo, rows: number, columns: number): TensorInfo {
  if (sizeOf(matrix.shape) !== rows * columns) throw new RangeError(`expected ${rows} × ${columns} numbers`);
  const result = workspace.allocate([columns, rows]);
  reverseSides(workspace.floats(matrix), workspace.floats(result), [rows, 1, columns]);
  return result;
}
