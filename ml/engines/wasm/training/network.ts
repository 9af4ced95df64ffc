// A network's forward pass on this engine, and the way back through it.

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { BATCH_NORM_EPSILON, sizeOf, type Layer, type Parameter, type Weights } from '../../../model.ts';
import type { Random } from '../../../random.ts';
import { batchNorm, frozenBatchNorm } from './ops/batch-norm.ts';
import { addBias } from './ops/bias.ts';
import { conv } from './ops/conv.ts';
import { matmul } from './ops/dense.ts';
import { dropout } from './ops/dropout.ts';
import type { Backward, OpResult } from './ops/op.ts';
import { averagePool, maxPool } from './ops/pool.ts';
import { relu } from './ops/relu.ts';
import type { Workspace } from './workspace.ts';

export type NetworkMode =
  | { kind: 'frozen' }
  /** @param maskOf a generator that stands where the mask of this dropout layer begins, layers counted from 0 */
  | { kind: 'training'; maskOf: (dropoutLayer: number) => Random };

export interface NetworkPass {
  /** [batch, classes] */
  logits: TensorInfo;
  /** Statistics of this batch [channels] by the name of the running one they feed; empty when frozen. */
  statistics: Map<string, Float64Array>;
  /** Gradients of every weight by name, from that of the logits. Once, and only in training. */
  backward(gradient: TensorInfo): Weights;
}

/**
 * @param parameters of these layers
 * @param weights of every parameter
 * @param images [batch, 32, 32, 1] in [0, 1]; overwritten
 */
export function runNetwork(
  workspace: Workspace,
  layers: Layer[],
  {
    parameters,
    weights,
    images,
    mode,
  }: { parameters: Parameter[]; weights: Weights; images: TensorInfo; mode: NetworkMode },
): NetworkPass {
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  const kernelOf = (name: string) => ({ values: weights.get(name)!, shape: shapes.get(name)! });
  const statistics = new Map<string, Float64Array>();
  const tape: { layer: string; backward: Backward }[] = [];
  let dropouts = 0;
  let x = images;

  const take = (layer: string, { y, backward }: OpResult): void => {
    tape.push({ layer, backward });
    x = y;
  };
  const normalise = (name: string): void => {
    const [gamma, beta] = [weights.get(`${name}/gamma`)!, weights.get(`${name}/beta`)!];
    const options = { epsilon: BATCH_NORM_EPSILON, gamma, beta };
    if (mode.kind === 'frozen') {
      const [mean, variance] = [weights.get(`${name}/mean`)!, weights.get(`${name}/variance`)!];
      x = frozenBatchNorm(workspace, x, { ...options, mean, variance });
      return;
    }
    const result = batchNorm(workspace, x, options);
    statistics.set(`${name}/mean`, result.mean).set(`${name}/variance`, result.variance);
    take(name, result);
  };

  for (const layer of layers) {
    switch (layer.kind) {
      case 'averagePool':
        take('', averagePool(workspace, x, layer.size));
        break;
      case 'maxPool':
        take('', maxPool(workspace, x, layer.size));
        break;
      case 'conv':
        take(layer.name, conv(workspace, x, kernelOf(`${layer.name}/kernel`), layer.padding));
        if (layer.bias) take(layer.name, addBias(workspace, x, weights.get(`${layer.name}/bias`)!));
        break;
      case 'batchNorm':
        normalise(layer.name);
        break;
      case 'relu':
        take('', relu(workspace, x));
        break;
      case 'dropout':
        if (mode.kind === 'training') take('', dropout(workspace, x, layer.rate, mode.maskOf(dropouts++)));
        break;
      case 'flatten': {
        const { shape } = x;
        const y = workspace.reshape(x, [shape[0]!, sizeOf(shape.slice(1))]);
        take('', { y, backward: (dy) => ({ input: workspace.reshape(dy, shape) }) });
        break;
      }
      case 'dense':
        take(layer.name, matmul(workspace, x, kernelOf(`${layer.name}/kernel`)));
        take(layer.name, addBias(workspace, x, weights.get(`${layer.name}/bias`)!));
        break;
    }
  }

  return {
    logits: x,
    statistics,
    backward(gradient) {
      const found: Weights = new Map();
      const first = tape.findIndex(({ layer }) => layer !== '');
      let dy: TensorInfo | undefined = gradient;
      for (let i = tape.length - 1; i >= first; i--) {
        const { layer, backward } = tape[i]!;
        const { input, weights: ofWeights = {} } = backward(dy!, i > first);
        for (const [part, values] of Object.entries(ofWeights)) found.set(`${layer}/${part}`, values);
        dy = input;
      }
      return found;
    },
  };
}
