import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Workspace } from '../workspace.ts';
import type { OpResult } from './op.ts';

/** Sides of a pooling: what doesn't fill a window at the right and the lower edge is left out. */
interface Sides {
  batch: number;
  width: number;
  channels: number;
  rows: number;
  columns: number;
  size: number;
}

function sidesOf({ shape }: TensorInfo, size: number): Sides & { out: number[] } {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
  return { batch, width, channels, rows, columns, size, out: [batch, rows, columns, channels] };
}

/** Calls `visit` with where each window begins in x, and where its pixel begins in y; channels follow both. */
function eachWindow(
  { shape }: TensorInfo,
  { batch, width, channels, rows, columns, size }: Sides,
  visit: (input: number, output: number) => void,
): void {
  const height = shape[1]!;
  let output = 0;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        visit(((image * height + row * size) * width + column * size) * channels, output);
        output += channels;
      }
    }
  }
}

/** Where each value of a window stands behind its first, row by row. */
function offsetsOf({ width, channels, size }: Sides): number[] {
  return Array.from({ length: size * size }, (_, i) => (Math.floor(i / size) * width + (i % size)) * channels);
}

/**
 * Largest value of windows of size × size. Of equal ones the first gets the gradient; which that is, is found by bits:
 * branches would be mispredicted. @param x [batch, height, width, channels]
 */
export function maxPool(workspace: Workspace, x: TensorInfo, size: number): OpResult {
  const y = workspace.maxPool(x, size);
  return {
    y,
    backward(dy, isInputNeeded) {
      if (!isInputNeeded) return {};
      const sides = sidesOf(x, size);
      const offsets = offsetsOf(sides);
      const { channels } = sides;
      const dx = workspace.allocate(x.shape);
      const [values, largest] = [workspace.bits(x), workspace.bits(y)];
      const [gradient, spread] = [workspace.bits(dy), workspace.bits(dx)];
      spread.fill(0);
      eachWindow(x, sides, (input, output) => {
        for (let c = 0; c < channels; c++) {
          const wanted = largest[output + c]!;
          let isOpen = -1; // all bits set until the first is found
          for (let i = 0; i < offsets.length; i++) {
            const at = input + c + offsets[i]!;
            const difference = values[at]! ^ wanted;
            const isFirst = ~((difference | -difference) >> 31) & isOpen;
            spread[at] = gradient[output + c]! & isFirst;
            isOpen &= ~isFirst;
          }
        }
      });
      return { input: dx };
    },
  };
}

/** Mean of windows of size × size. @param x [batch, height, width, channels] */
export function averagePool(workspace: Workspace, x: TensorInfo, size: number): OpResult {
  const sides = sidesOf(x, size);
  const offsets = offsetsOf(sides);
  const y = workspace.allocate(sides.out);
  const [from, to] = [workspace.floats(x), workspace.floats(y)];
  const { channels } = sides;
  eachWindow(x, sides, (input, output) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (const offset of offsets) sum += from[input + c + offset]!;
      to[output + c] = sum / offsets.length;
    }
  });
  return {
    y,
    backward(dy, isInputNeeded) {
      if (!isInputNeeded) return {};
      const dx = workspace.allocate(x.shape);
      const [gradient, spread] = [workspace.floats(dy), workspace.floats(dx)];
      spread.fill(0);
      eachWindow(x, sides, (input, output) => {
        for (let c = 0; c < channels; c++) {
          for (const offset of offsets) spread[input + c + offset] = gradient[output + c]! / offsets.length;
        }
      });
      return { input: dx };
    },
  };
}
