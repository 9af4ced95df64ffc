import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../../model.ts';
import { reverseSides, swapOuterSides } from '../transpose.ts';
import type { Workspace } from '../workspace.ts';
import type { OpResult } from './op.ts';

/** A square kernel, laid out as [side, side, in, out]. */
export interface ConvKernel {
  values: Float32Array;
  shape: number[];
}

/**
 * Two-dimensional convolution, stride 1. The backend has no kernel for the gradient of a convolution's weights and a slow
 * one for that of its input; both are convolutions of other layouts.
 * @param x [batch, height, width, in]
 * @param padding `same` only for odd kernels
 */
export function conv(workspace: Workspace, x: TensorInfo, kernel: ConvKernel, padding: 'same' | 'valid'): OpResult {
  const side = kernel.shape[0]!;
  const border = padding === 'same' ? (side - 1) / 2 : 0;
  return {
    y: workspace.conv(x, workspace.from(kernel.values, kernel.shape), border),
    backward: (dy, isInputNeeded) => ({
      weights: { kernel: kernelGradient(workspace, x, dy, border) },
      input: isInputNeeded ? workspace.conv(dy, flipped(workspace, kernel), side - 1 - border) : undefined,
    }),
  };
}

/**
 * The images' channels as images, with the batch as their channels, convolved with dy as one large kernel: every product
 * of a pixel and a gradient that a weight has caused is summed by the convolution.
 */
function kernelGradient(workspace: Workspace, x: TensorInfo, dy: TensorInfo, border: number): Float32Array {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [, outHeight, outWidth, filters] = dy.shape as [number, number, number, number];
  const images = workspace.allocate([channels, height, width, batch]);
  const kernel = workspace.allocate([outHeight, outWidth, batch, filters]);
  reverseSides(workspace.floats(x), workspace.floats(images), [batch, height * width, channels]);
  swapOuterSides(workspace.floats(dy), workspace.floats(kernel), [batch, outHeight * outWidth, filters]);
  const gradient = workspace.conv(images, kernel, border); // [channels, side, side, filters]
  const [, side] = gradient.shape as [number, number];
  const result = new Float32Array(sizeOf(gradient.shape));
  swapOuterSides(workspace.floats(gradient), result, [channels, side * side, filters]);
  return result;
}

/** [side, side, in, out] → [side, side, out, in], turned by half a circle. */
function flipped(workspace: Workspace, { values, shape }: ConvKernel): TensorInfo {
  const [side, , channels, filters] = shape as [number, number, number, number];
  const tensor = workspace.allocate([side, side, filters, channels]);
  const to = workspace.floats(tensor);
  const places = side * side;
  for (let place = 0; place < places; place++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let filter = 0; filter < filters; filter++) {
        const from = (place * channels + channel) * filters + filter;
        to[((places - 1 - place) * filters + filter) * channels + channel] = values[from]!;
      }
    }
  }
  return tensor;
}
