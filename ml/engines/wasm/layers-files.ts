// Reads the published TensorFlow.js layers files back into the network they were written from. Layer classes and settings
// come from a list and everything else is refused, so nothing in a file can run. It does not know TensorFlow.js.

import { INPUT_SIZE, parametersOf, sizeOf, type Weights } from '../../model.ts';
import type { PlainLayer } from '../../export/fold.ts';
import { UnsupportedModel } from './errors.ts';
import { readLayer } from './layer-classes.ts';
import { arrayOf, expectEqual, objectOf } from './checks.ts';

export interface LayersFiles {
  /** Bytes of model.json. */
  model: Uint8Array;
  /** Bytes of weights.bin: float32, little-endian. */
  weights: Uint8Array;
}

export interface LayersNetwork {
  /** From the input to the logits; the softmax that follows is implied. */
  layers: PlainLayer[];
  /** Views by parameter name, e.g. `conv1/kernel`. */
  weights: Weights;
  classCount: number;
}

/** @throws UnsupportedModel */
export function readLayersFiles({ model, weights }: LayersFiles): LayersNetwork {
  const file = objectOf(parseJson(model), 'model.json');
  expectEqual(file['format'], 'layers-model', 'format');
  const topology = objectOf(file['modelTopology'], 'modelTopology');
  const { class_name: className, config } = objectOf(topology['model_config'], 'model_config');
  expectEqual(className, 'Model', 'model_config.class_name');
  const { layers, classCount } = readChain(objectOf(config, 'model_config.config'));
  return { layers, classCount, weights: readWeights(file, weights, parametersOf(layers, classCount)) };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new UnsupportedModel(`model.json: expected JSON, got ${bytes.length} bytes of something else`, { cause });
  }
}

/** Layers one after another: image → … → logits → probabilities. */
function readChain(config: Record<string, unknown>): { layers: PlainLayer[]; classCount: number } {
  const written = arrayOf(config['layers'], 'layers').map((layer, index) => objectOf(layer, `layer ${index}`));
  const names = written.map((layer) => layer['name']);
  written.forEach((layer, index) => {
    const from = index === 0 ? [] : [[[names[index - 1], 0, 0, {}]]];
    expectEqual(layer['inbound_nodes'], from, `inbound_nodes of layer ${index}`);
  });
  expectEqual(config['input_layers'], [[names[0], 0, 0]], 'input_layers');
  expectEqual(config['output_layers'], [[names.at(-1), 0, 0]], 'output_layers');

  const [input, ...rest] = written.map((layer) => ({
    className: layer['class_name'],
    config: objectOf(layer['config'], `config of ${String(layer['name'])}`),
  }));
  const output = rest.pop();
  expectEqual(input?.className, 'InputLayer', 'the first layer');
  expectEqual(input?.config['batch_input_shape'], [null, INPUT_SIZE, INPUT_SIZE, 1], 'batch_input_shape');
  expectEqual(input?.config['dtype'], 'float32', 'dtype of the input');
  expectEqual(output?.className, 'Softmax', 'the last layer');
  expectEqual(output?.config['axis'], -1, 'axis of Softmax');

  const layers = rest.flatMap(readLayer);
  const logits = layers.at(-1);
  if (logits?.kind !== 'dense' || typeof logits.units !== 'number')
    throw new UnsupportedModel(`expected a Dense layer before Softmax, got ${logits?.kind ?? 'none'}`);
  return { layers, classCount: logits.units };
}

function readWeights(
  file: Record<string, unknown>,
  bytes: Uint8Array,
  parameters: ReturnType<typeof parametersOf>,
): Weights {
  const groups = arrayOf(file['weightsManifest'], 'weightsManifest');
  expectEqual(groups.length, 1, 'groups of weights');
  const listed = objectOf(groups[0], 'weightsManifest')['weights'];
  expectEqual(
    listed,
    parameters.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
    'weights',
  );
  const count = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  expectEqual(bytes.length, count * 4, 'bytes of weights.bin');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Float32Array.from({ length: count }, (_, index) => view.getFloat32(index * 4, true));
  if (!values.every(Number.isFinite)) throw new UnsupportedModel('weights: expected finite numbers, got others');
  const weights: Weights = new Map();
  let offset = 0;
  for (const { name, shape } of parameters) {
    weights.set(name, values.subarray(offset, offset + sizeOf(shape)));
    offset += sizeOf(shape);
  }
  return weights;
}
