import { describe, expect, it } from 'vitest';
import { UnsupportedModel } from '../../../../ml/engines/wasm/errors.ts';
import { readLayersFiles } from '../../../../ml/engines/wasm/layers-files.ts';
import { floatBytes, jsonBytes } from '../../../../ml/export/bytes.ts';
import { foldBatchNorm } from '../../../../ml/export/fold.ts';
import { exportTfjs } from '../../../../ml/export/tfjs.ts';
import { networks, type NetworkName, type Weights } from '../../../../ml/model.ts';
import { CLASSES, seededWeights } from '../../export/sample-networks.ts';

const networkOf = (name: NetworkName) => ({ layers: networks[name], weights: seededWeights(name), classes: CLASSES });
const [model, weights] = exportTfjs(networkOf('compact')).map(({ bytes }) => bytes);

describe.each(Object.keys(networks) as NetworkName[])('the layers files of network %s', (name) => {
  it('are read back into the network they were written from', () => {
    const files = exportTfjs(networkOf(name)).map(({ bytes }) => bytes);
    const read = readLayersFiles({ model: files[0]!, weights: files[1]! });
    const plain = foldBatchNorm(networks[name], seededWeights(name));
    const units = (layer: (typeof plain.layers)[number]) =>
      layer.kind === 'dense' && layer.units === 'classes' ? { ...layer, units: CLASSES.length } : layer;
    expect(read.layers).toEqual(plain.layers.map(units));
    expect(read.classCount).toBe(CLASSES.length);
    const bytesOf = (weights: Weights): [string, string][] =>
      Array.from(weights, ([parameter, values]) => [parameter, Buffer.from(floatBytes(values)).toString('base64')]);
    expect(bytesOf(read.weights)).toEqual(bytesOf(plain.weights));
  });
});

interface Written {
  format: string;
  modelTopology: {
    model_config: { class_name: string; config: { layers: WrittenLayer[]; output_layers: unknown } };
  };
  weightsManifest: { weights: { name: string; shape: number[]; dtype: string }[] }[];
}
interface WrittenLayer {
  class_name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown;
}

/** The compact network's model.json with one thing changed. */
function changed(change: (written: Written, layers: WrittenLayer[]) => void): Uint8Array {
  const written = JSON.parse(new TextDecoder().decode(model)) as Written;
  change(written, written.modelTopology.model_config.config.layers);
  return jsonBytes(written);
}
const layerOf = (layers: WrittenLayer[], className: string): WrittenLayer =>
  layers.find((layer) => layer.class_name === className)!;

describe('a layers file', () => {
  it.each<[string, (written: Written, layers: WrittenLayer[]) => void, string]>([
    ['a layer that runs code', (_, layers) => void (layerOf(layers, 'Flatten').class_name = 'Lambda'), 'got "Lambda"'],
    ['a class named like an object’s own', (_, l) => void (l[1]!.class_name = 'constructor'), 'got "constructor"'],
    ['no class', (_, layers) => void (layers[1]!.class_name = undefined as never), 'expected one of Average'],
    [
      'a setting it may not have',
      (_, layers) => void (layerOf(layers, 'Conv2D').config['dilation_rate'] = [2, 2]),
      'got dilation_rate',
    ],
    ['another stride', (_, l) => void (layerOf(l, 'Conv2D').config['strides'] = [2, 2]), 'strides: expected [1,1]'],
    ['another activation', (_, l) => void (layerOf(l, 'Conv2D').config['activation'] = 'elu'), 'activation: expected'],
    ['other padding', (_, l) => void (layerOf(l, 'Conv2D').config['padding'] = 'causal'), 'got "causal"'],
    ['a kernel that is no square', (_, l) => void (layerOf(l, 'Conv2D').config['kernel_size'] = [3, 1]), '[3,3]'],
    ['huge layers', (_, l) => void (layerOf(l, 'Dense').config['units'] = 1e9), 'got 1000000000'],
    ['layers that are no chain', (_, layers) => void (layers[3]!.inbound_nodes = []), 'inbound_nodes of layer 3'],
    ['no softmax at the end', (_, layers) => void (layers.at(-1)!.class_name = 'Flatten'), 'the last layer'],
    ['another input', (_, l) => void (l[0]!.config['batch_input_shape'] = [null, 64, 64, 1]), 'batch_input_shape'],
    ['more outputs', (w) => void (w.modelTopology.model_config.config.output_layers = []), 'output_layers'],
    ['weights of other shapes', (w) => void (w.weightsManifest[0]!.weights[0]!.shape = [1]), 'weights: expected'],
    ['weights of another type', (w) => void (w.weightsManifest[0]!.weights[0]!.dtype = 'int32'), 'weights: expected'],
    ['another format', (written) => void (written.format = 'graph-model'), 'format: expected "layers-model"'],
  ])('with %s is refused', (_, change, message) => {
    const read = (): unknown => readLayersFiles({ model: changed(change), weights: weights! });
    expect(read).toThrow(UnsupportedModel);
    expect(read).toThrow(message);
  });
  it('that is no JSON, or JSON of something else, is refused', () => {
    for (const text of ['', 'null', '[]', '{', '{"format":"layers-model"}'])
      expect(() => readLayersFiles({ model: new TextEncoder().encode(text), weights: weights! })).toThrow(
        UnsupportedModel,
      );
  });
  it('is refused with too few, too many or broken weights', () => {
    const nan = weights!.slice();
    nan.set([0, 0, 0xc0, 0x7f], 400);
    for (const bad of [weights!.subarray(4), new Uint8Array(weights!.length + 1), nan])
      expect(() => readLayersFiles({ model: model!, weights: bad })).toThrow(UnsupportedModel);
  });
});
