// A network as it is published: batch norm folded into the convolution before it, dropout gone. Less to compute, and the
// same few kinds of layer for every runtime.

import { BATCH_NORM_EPSILON, type Layer, type Weights } from '../model.ts';

/** What an export is made from: a trained network, its temperature already folded in. */
export interface ExportNetwork {
  layers: readonly Layer[];
  weights: Weights;
  /** Class names in the order of the last layer's units. */
  classes: readonly string[];
}

export type PlainLayer = Exclude<Layer, { kind: 'batchNorm' } | { kind: 'dropout' }>;

/** Layers and weights that belong together; every convolution has a bias. */
export interface PlainNetwork {
  layers: PlainLayer[];
  weights: Weights;
}

/** Thrown when a network has an order of layers that can't be published. Not worth a retry: it is a mistake in code. */
export class UnsupportedNetwork extends Error {
  override readonly name = 'UnsupportedNetwork';
}

/** The array of that name. @throws RangeError when there is none */
export function weightOf(weights: Weights, name: string): Float32Array {
  const values = weights.get(name);
  if (values === undefined) throw new RangeError(`weights: expected '${name}', got ${[...weights.keys()].join(', ')}`);
  return values;
}

/**
 * Folds batch norm and drops dropout: norm(conv(x)) = conv(x) · s + (β − mean · s) with s = γ / √(variance + ε).
 * @returns new layers and weights; those given stay as they are
 * @throws UnsupportedNetwork when a batch norm doesn't stand right after a convolution
 */
export function foldBatchNorm(layers: readonly Layer[], weights: Weights): PlainNetwork {
  const plain: PlainNetwork = { layers: [], weights: new Map() };
  layers.forEach((layer, index) => {
    const next = layers[index + 1];
    switch (layer.kind) {
      case 'conv': {
        const norm = next?.kind === 'batchNorm' ? next.name : undefined;
        const folded = foldConvolution(layer, norm, weights);
        plain.layers.push({ ...layer, bias: true });
        plain.weights.set(`${layer.name}/kernel`, folded.kernel);
        plain.weights.set(`${layer.name}/bias`, folded.bias);
        break;
      }
      case 'batchNorm':
        if (layers[index - 1]?.kind !== 'conv')
          throw new UnsupportedNetwork(
            `'${layer.name}': expected batch norm right after a convolution, got it after ${layers[index - 1]?.kind ?? 'nothing'}`,
          );
        break;
      case 'dropout':
        break;
      case 'dense':
        plain.layers.push(layer);
        for (const part of ['kernel', 'bias'])
          plain.weights.set(`${layer.name}/${part}`, weightOf(weights, `${layer.name}/${part}`));
        break;
      case 'averagePool':
      case 'maxPool':
      case 'relu':
      case 'flatten':
        plain.layers.push(layer);
        break;
    }
  });
  return plain;
}

function foldConvolution(
  layer: Extract<Layer, { kind: 'conv' }>,
  norm: string | undefined,
  weights: Weights,
): { kernel: Float32Array; bias: Float32Array } {
  const kernel = weightOf(weights, `${layer.name}/kernel`); // [height, width, in, filters]
  const bias = layer.bias ? weightOf(weights, `${layer.name}/bias`) : new Float32Array(layer.filters);
  if (norm === undefined) return { kernel, bias };
  const gamma = weightOf(weights, `${norm}/gamma`);
  const beta = weightOf(weights, `${norm}/beta`);
  const mean = weightOf(weights, `${norm}/mean`);
  const variance = weightOf(weights, `${norm}/variance`);
  const scale = Float64Array.from(gamma, (value, filter) => value / Math.sqrt(variance[filter]! + BATCH_NORM_EPSILON));
  return {
    kernel: kernel.map((value, index) => value * scale[index % layer.filters]!),
    bias: bias.map((value, filter) => beta[filter]! + (value - mean[filter]!) * scale[filter]!),
  };
}
