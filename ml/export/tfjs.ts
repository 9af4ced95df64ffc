// A network as files of the TensorFlow.js layers format, which `tf.loadLayersModel` opens in a page or in Node. Written
// without loading TensorFlow.js. Equal networks give equal bytes.

import { INPUT_SIZE, parametersOf, sizeOf } from '../model.ts';
import { floatBytes, joined, jsonBytes, type ExportedFile } from './bytes.ts';
import { MODEL_INPUT, MODEL_OUTPUT, TFJS_MODEL_FILE, TFJS_WEIGHTS_FILE } from './names.ts';
import { foldBatchNorm, weightOf, type ExportNetwork, type PlainLayer } from './fold.ts';

interface KerasLayer {
  class_name: string;
  config: { name: string } & Record<string, unknown>;
}

/**
 * Input `image` [batch, 32, 32, 1] float32 in [0, 1]; output `probabilities` [batch, classes].
 * @returns `model.json` (topology, weights manifest, class names) and `weights.bin` (float32, little-endian)
 * @throws UnsupportedNetwork or RangeError when layers and weights don't belong together
 */
export function exportTfjs({ layers, weights, classes }: ExportNetwork): ExportedFile[] {
  const plain = foldBatchNorm(layers, weights);
  const parameters = parametersOf(plain.layers, classes.length);
  const values = parameters.map(({ name, shape }) => {
    const array = weightOf(plain.weights, name);
    if (array.length !== sizeOf(shape))
      throw new RangeError(`weights: expected '${name}' of ${sizeOf(shape)} numbers, got ${array.length}`);
    return array;
  });
  const model = {
    format: 'layers-model',
    generatedBy: 'digitflow',
    convertedBy: null,
    modelTopology: {
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
      model_config: { class_name: 'Model', config: chain(kerasLayers(plain.layers, classes.length)) },
    },
    weightsManifest: [
      {
        paths: [TFJS_WEIGHTS_FILE],
        weights: parameters.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: { classes },
  };
  return [
    { name: TFJS_MODEL_FILE, bytes: jsonBytes(model) },
    { name: TFJS_WEIGHTS_FILE, bytes: joined(values.map(floatBytes)) },
  ];
}

/** Layers one after another as a functional model: unlike a sequential one, it keeps the names of input and output. */
function chain(layers: readonly KerasLayer[]) {
  const names = layers.map((layer) => layer.config.name);
  return {
    name: 'digitflow',
    layers: layers.map((layer, index) => ({
      name: names[index],
      ...layer,
      inbound_nodes: index === 0 ? [] : [[[names[index - 1], 0, 0, {}]]],
    })),
    input_layers: [[names[0], 0, 0]],
    output_layers: [[names.at(-1), 0, 0]],
  };
}

/** A ReLU becomes the activation of the layer before it: runtimes then compute both at once. */
function kerasLayers(layers: readonly PlainLayer[], classCount: number): KerasLayer[] {
  const input = {
    name: MODEL_INPUT,
    batch_input_shape: [null, INPUT_SIZE, INPUT_SIZE, 1],
    dtype: 'float32',
    sparse: false,
  };
  const written: KerasLayer[] = [{ class_name: 'InputLayer', config: input }];
  layers.forEach((layer, index) => {
    const name = `${layer.kind}${index}`;
    const activation = layers[index + 1]?.kind === 'relu' ? 'relu' : 'linear';
    switch (layer.kind) {
      case 'averagePool':
      case 'maxPool':
        written.push(pooling(layer, name));
        break;
      case 'conv':
        written.push(convolution(layer, activation));
        break;
      case 'flatten':
        written.push({ class_name: 'Flatten', config: { name } });
        break;
      case 'dense': {
        const units = layer.units === 'classes' ? classCount : layer.units;
        written.push({ class_name: 'Dense', config: { name: layer.name, units, activation, use_bias: true } });
        break;
      }
      case 'relu':
        if (!takesActivation(layers[index - 1]))
          written.push({ class_name: 'Activation', config: { name, activation: 'relu' } });
        break;
    }
  });
  written.push({ class_name: 'Softmax', config: { name: MODEL_OUTPUT, axis: -1 } });
  return written;
}

const takesActivation = (layer: PlainLayer | undefined): boolean => layer?.kind === 'conv' || layer?.kind === 'dense';

function pooling(layer: Extract<PlainLayer, { size: number }>, name: string): KerasLayer {
  const pool = [layer.size, layer.size];
  return {
    class_name: layer.kind === 'maxPool' ? 'MaxPooling2D' : 'AveragePooling2D',
    config: { name, pool_size: pool, strides: pool, padding: 'valid', data_format: 'channels_last' },
  };
}

const convolution = (layer: Extract<PlainLayer, { kind: 'conv' }>, activation: 'relu' | 'linear'): KerasLayer => ({
  class_name: 'Conv2D',
  config: {
    name: layer.name,
    filters: layer.filters,
    kernel_size: [layer.kernel, layer.kernel],
    strides: [1, 1],
    padding: layer.padding,
    data_format: 'channels_last',
    activation,
    use_bias: true,
  },
});
