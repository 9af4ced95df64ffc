// The forward pass of a published network by the operations of TensorFlow.js.

import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { parametersOf } from '../../model.ts';
import type { LayersNetwork } from './layers-files.ts';
import type { TensorFlowCore } from './parts.ts';

export interface OpenNetwork {
  /** @param images [count, 32, 32, 1] float32 in [0, 1] @returns probabilities [count, classes] */
  forward(images: Tensor4D): Tensor;
  dispose(): void;
}

/** Moves the weights into the backend. Intermediate tensors are the caller's to tidy. */
export function openNetwork(tf: TensorFlowCore, { layers, weights, classCount }: LayersNetwork): OpenNetwork {
  const held = new Map(
    parametersOf(layers, classCount).map(({ name, shape }) => [name, tf.tensor(weights.get(name)!, shape)]),
  );
  const weight = (name: string): Tensor => held.get(name)!;
  return {
    forward(images) {
      let x: Tensor = images;
      layers.forEach((layer, index) => {
        // The fused kernels compute convolution, bias and ReLU at once.
        const activation = layers[index + 1]?.kind === 'relu' ? 'relu' : 'linear';
        switch (layer.kind) {
          case 'averagePool':
            x = tf.avgPool(x as Tensor4D, layer.size, layer.size, 'valid');
            break;
          case 'maxPool':
            x = tf.maxPool(x as Tensor4D, layer.size, layer.size, 'valid');
            break;
          case 'conv':
            x = tf.fused.conv2d({
              x: x as Tensor4D,
              filter: weight(`${layer.name}/kernel`) as Tensor4D,
              strides: 1,
              pad: layer.padding,
              bias: weight(`${layer.name}/bias`),
              activation,
            });
            break;
          case 'flatten':
            x = tf.reshape(x, [images.shape[0], -1]);
            break;
          case 'dense':
            x = tf.fused.matMul({
              a: x,
              b: weight(`${layer.name}/kernel`),
              bias: weight(`${layer.name}/bias`),
              activation,
            });
            break;
          case 'relu': {
            const before = layers[index - 1]?.kind;
            if (before !== 'conv' && before !== 'dense') x = tf.relu(x);
            break;
          }
        }
      });
      return tf.softmax(x);
    },
    dispose() {
      for (const one of held.values()) one.dispose();
      held.clear();
    },
  };
}
