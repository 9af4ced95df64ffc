// The networks in TensorFlow.js's eager layers API: what our training graph is measured against.

import type * as tfjs from '@tensorflow/tfjs-node';
import type { TensorFlow } from '../../ml/engines/graph/tensorflow.ts';
import { INPUT_SIZE, type Layer } from '../../ml/model.ts';

type LayerMaker = (tf: TensorFlow, first: { inputShape?: number[] }) => tfjs.layers.Layer;

function eagerLayer(layer: Layer, classCount: number): LayerMaker {
  if (layer.kind === 'averagePool')
    return (tf, first) => tf.layers.averagePooling2d({ poolSize: layer.size, ...first });
  if (layer.kind === 'maxPool') return (tf) => tf.layers.maxPooling2d({ poolSize: layer.size });
  if (layer.kind === 'conv') {
    const { filters, kernel, padding, bias } = layer;
    return (tf, first) => tf.layers.conv2d({ filters, kernelSize: kernel, padding, useBias: bias, ...first });
  }
  if (layer.kind === 'batchNorm') return (tf) => tf.layers.batchNormalization({});
  if (layer.kind === 'relu') return (tf) => tf.layers.reLU();
  if (layer.kind === 'dropout') return (tf) => tf.layers.dropout({ rate: layer.rate });
  if (layer.kind === 'flatten') return (tf) => tf.layers.flatten();
  return (tf) => tf.layers.dense({ units: layer.units === 'classes' ? classCount : layer.units });
}

/** Compiled, with Adam. */
export function eagerModel(tf: TensorFlow, layers: readonly Layer[], classCount: number): tfjs.Sequential {
  const inputShape = [INPUT_SIZE, INPUT_SIZE, 1];
  const model = tf.sequential({
    layers: [
      ...layers.map((layer, i) => eagerLayer(layer, classCount)(tf, i === 0 ? { inputShape } : {})),
      tf.layers.softmax(),
    ],
  });
  model.compile({ optimizer: tf.train.adam(1e-3), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}
