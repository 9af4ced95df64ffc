// How much arithmetic a network is, so that a figure can stand beside what the machine can do at all.

import { INPUT_SIZE, type Layer } from '../../ml/model.ts';

/** Floating-point operations of one sample; a multiplication and its addition are two. */
export interface Work {
  forward: number;
  /** Forward, gradients of all kernels, and of all inputs but the picture itself. */
  training: number;
}

/** Convolutions and dense layers alone: the rest is a few percent. */
export function workOf(layers: readonly Layer[], classCount: number): Work {
  let size = INPUT_SIZE;
  let channels = 1;
  let features = 0;
  const products: number[] = [];
  for (const layer of layers) {
    if (layer.kind === 'averagePool' || layer.kind === 'maxPool') size = Math.floor(size / layer.size);
    else if (layer.kind === 'conv') {
      if (layer.padding === 'valid') size -= layer.kernel - 1;
      products.push(2 * size ** 2 * layer.kernel ** 2 * channels * layer.filters);
      channels = layer.filters;
    } else if (layer.kind === 'flatten') features = size ** 2 * channels;
    else if (layer.kind === 'dense') {
      const units = layer.units === 'classes' ? classCount : layer.units;
      products.push(2 * features * units);
      features = units;
    }
  }
  const forward = products.reduce((sum, product) => sum + product, 0);
  return { forward, training: 3 * forward - (products[0] ?? 0) };
}
