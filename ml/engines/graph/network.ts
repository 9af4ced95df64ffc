// From a layer list to nodes: the only place that knows which op a layer is. The same list serves training, evaluation
// and serving; the mode decides what batch norm and dropout do.

import { BATCH_NORM_EPSILON, type Layer } from '../../model.ts';
import type { Graph } from './graph.ts';
import { batchNorm, frozenBatchNorm } from './ops/batch-norm.ts';
import { conv } from './ops/conv.ts';
import { addBias, matmul } from './ops/dense.ts';
import { dropout } from './ops/dropout.ts';
import { averagePool, maxPool } from './ops/pool.ts';
import { relu } from './ops/relu.ts';
import { reshape } from './ops/reshape.ts';
import { elementCount, InvalidGraph, type FloatTensor, type IntTensor } from './tensor.ts';

export type NetworkMode =
  | { kind: 'frozen' }
  /** Seeds [2], one for each dropout layer in order. */
  | { kind: 'training'; dropoutSeeds: IntTensor[] };

export interface BatchStatistic {
  /** The running statistic it feeds, e.g. `conv1-norm/mean`. */
  name: string;
  /** [channels] of this batch. */
  value: FloatTensor;
}

export interface NetworkOutput {
  /** [batch, classes] */
  logits: FloatTensor;
  /** Empty when frozen. */
  statistics: BatchStatistic[];
}

export const dropoutCount = (layers: Layer[]): number => layers.filter((layer) => layer.kind === 'dropout').length;

/**
 * @param weights parameter name as in `parametersOf` → its value
 * @param images [batch, 32, 32, 1] in [0, 1]
 * @throws InvalidGraph when a layer does not fit the one before, or a weight is missing
 */
export function writeNetwork(
  graph: Graph,
  layers: Layer[],
  { weights, images, mode }: { weights: Map<string, FloatTensor>; images: FloatTensor; mode: NetworkMode },
): NetworkOutput {
  const weight = (name: string): FloatTensor => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new InvalidGraph(`network: no weight named ${name}`);
    return tensor;
  };
  const statistics: BatchStatistic[] = [];
  let dropouts = 0;

  const writeBatchNorm = (name: string, x: FloatTensor): FloatTensor => {
    const options = { epsilon: BATCH_NORM_EPSILON, gamma: weight(`${name}/gamma`), beta: weight(`${name}/beta`) };
    if (mode.kind === 'frozen') {
      const running = { mean: weight(`${name}/mean`), variance: weight(`${name}/variance`) };
      return frozenBatchNorm(graph, x, { ...options, ...running });
    }
    const { y, mean, variance } = batchNorm(graph, x, options);
    statistics.push({ name: `${name}/mean`, value: mean }, { name: `${name}/variance`, value: variance });
    return y;
  };

  const writeDropout = (rate: number, x: FloatTensor): FloatTensor => {
    if (mode.kind === 'frozen') return x;
    const seed = mode.dropoutSeeds[dropouts++];
    if (seed === undefined) throw new InvalidGraph(`network: no seed for dropout ${dropouts}`);
    return dropout(graph, x, rate, seed);
  };

  const writeConv = (layer: Extract<Layer, { kind: 'conv' }>, x: FloatTensor): FloatTensor => {
    const y = conv(graph, x, weight(`${layer.name}/kernel`), layer.padding);
    return layer.bias ? addBias(graph, y, weight(`${layer.name}/bias`)) : y;
  };

  let x = images;
  for (const layer of layers) {
    switch (layer.kind) {
      case 'averagePool':
        x = averagePool(graph, x, layer.size);
        break;
      case 'maxPool':
        x = maxPool(graph, x, layer.size);
        break;
      case 'conv':
        x = writeConv(layer, x);
        break;
      case 'batchNorm':
        x = writeBatchNorm(layer.name, x);
        break;
      case 'relu':
        x = relu(graph, x);
        break;
      case 'dropout':
        x = writeDropout(layer.rate, x);
        break;
      case 'flatten':
        x = reshape(graph, x, [-1, elementCount(x.shape.slice(1))]);
        break;
      case 'dense':
        x = addBias(graph, matmul(graph, x, weight(`${layer.name}/kernel`)), weight(`${layer.name}/bias`));
        break;
    }
  }
  return { logits: x, statistics };
}
