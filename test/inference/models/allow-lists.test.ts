import onnxProto, { type onnx as Onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import { getBlob } from '../../../artifacts/blobs.ts';
import { ForbiddenModel } from '../../../inference/models/errors.ts';
import { checkLayers } from '../../../inference/models/layers-allow-list.ts';
import { checkOnnx } from '../../../inference/models/onnx-allow-list.ts';
import { publishRandomModel } from '../published-model.ts';

const { onnx } = onnxProto;
const store = createMemoryStore();
const { version } = await publishRandomModel(store);
const fileOf = async (name: string) =>
  getBlob(
    store,
    version.files.find(({ path }) => path.endsWith(name))!,
  );
const good = {
  onnx: await fileOf('model.onnx'),
  layers: { model: await fileOf('model.json'), weights: await fileOf('weights.bin') },
};

const changed = (change: (model: Onnx.ModelProto) => void): Uint8Array => {
  const model = onnx.ModelProto.decode(good.onnx);
  change(model);
  return onnx.ModelProto.encode(model).finish();
};

describe('the allow-list of ONNX', () => {
  it('takes what the export writes', () => {
    expect(() => checkOnnx(good.onnx)).not.toThrow();
    expect(() => checkOnnx(changed(() => undefined))).not.toThrow();
  });

  it.each<[string, (model: Onnx.ModelProto) => void]>([
    ['a foreign operator', ({ graph }) => (graph!.node![2]!.opType = 'PyFunc')],
    ['a loop', ({ graph }) => (graph!.node![0]!.opType = 'Loop')],
    ['an operator of another domain', ({ graph }) => (graph!.node![0]!.domain = 'com.microsoft')],
    ['an import of another domain', (model) => model.opsetImport.push(onnx.OperatorSetIdProto.create({ domain: 'x' }))],
    ['a nested graph', ({ graph }) => graph!.node![0]!.attribute!.push({ name: 'body', g: { name: 'inner' } })],
    [
      'weights in another file',
      ({ graph }) => (graph!.initializer![0]!.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL),
    ],
    [
      'the name of another file',
      ({ graph }) => graph!.initializer![0]!.externalData!.push({ key: 'location', value: '/etc/passwd' }),
    ],
  ])('refuses %s', (_name, change) => {
    expect(() => checkOnnx(changed(change))).toThrow(ForbiddenModel);
  });

  it.each<[string, Uint8Array]>([
    ['functions', Buffer.concat([good.onnx, Buffer.from([0xca, 0x01, 0x00])])],
    ['training', Buffer.concat([good.onnx, Buffer.from([0xa2, 0x01, 0x00])])],
    ['a second graph with a foreign operator', Buffer.concat([good.onnx, graphOf('Evil')])],
    ['half a file', good.onnx.subarray(0, good.onnx.length - 10)],
    ['a tag that parsers read differently', Buffer.concat([good.onnx, Buffer.from('ba80808080808000', 'hex')])],
    ['a group', Buffer.concat([good.onnx, Buffer.from([0x3b, 0x3c])])],
  ])('refuses %s', (_name, bytes) => {
    expect(() => checkOnnx(bytes)).toThrow(ForbiddenModel);
  });

  it('refuses noise, and never fails otherwise', () => {
    for (let seed = 0; seed < 2_000; seed++) {
      const bytes = good.onnx.slice(0, 400);
      for (let index = 0; index < 8; index++) bytes[(seed * 31 + index * 97) % 400] = (seed * 17 + index * 59) & 255;
      try {
        checkOnnx(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ForbiddenModel);
      }
    }
  });
});

function graphOf(opType: string): Uint8Array {
  return onnx.ModelProto.encode({ graph: { node: [{ opType }] } }).finish();
}

interface ModelJson {
  modelTopology: { model_config: { class_name: string; config: { layers: Record<string, never>[] } } };
  weightsManifest: { paths: string[]; weights: object[] }[];
}
const json = (change: (model: ModelJson) => void) => {
  const model = JSON.parse(Buffer.from(good.layers.model).toString()) as ModelJson;
  change(model);
  return { ...good.layers, model: Buffer.from(JSON.stringify(model)) };
};
const firstLayer = (model: ModelJson) =>
  model.modelTopology.model_config.config.layers[1] as unknown as {
    class_name: string;
    config: Record<string, unknown>;
  };

describe('the allow-list of layers models', () => {
  it('takes what the export writes', () => {
    expect(() => checkLayers(good.layers)).not.toThrow();
  });

  it.each<[string, (model: ModelJson) => void]>([
    ['a Lambda layer', (model) => (firstLayer(model).class_name = 'Lambda')],
    ['another kind of model', (model) => (model.modelTopology.model_config.class_name = 'Sequential')],
    ['a class inside a layer', (model) => (firstLayer(model).config['kernel_initializer'] = { class_name: 'Evil' })],
    ['a class that is no name', (model) => (firstLayer(model).class_name = 7 as never)],
    ['another activation', (model) => (firstLayer(model).config['activation'] = 'custom>evil')],
    ['weights elsewhere', (model) => (model.weightsManifest[0]!.paths = ['https://example.org/weights.bin'])],
    ['weights of two groups', (model) => model.weightsManifest.push(model.weightsManifest[0]!)],
    [
      'more weights than bytes',
      (model) => model.weightsManifest[0]!.weights.push({ name: 'x', shape: [1], dtype: 'float32' }),
    ],
    ['quantised weights', (model) => Object.assign(model.weightsManifest[0]!.weights[0]!, { quantization: {} })],
  ])('refuses %s', (_name, change) => {
    expect(() => checkLayers(json(change))).toThrow(ForbiddenModel);
  });

  it.each<[string, Uint8Array]>([
    ['text', Buffer.from('not JSON')],
    ['JSON of something else', Buffer.from('[]')],
    ['JSON nested beyond sense', Buffer.from('['.repeat(100) + ']'.repeat(100))],
    ['other bytes than UTF-8', Uint8Array.of(0xff, 0xfe)],
  ])('refuses %s', (_name, model) => {
    expect(() => checkLayers({ ...good.layers, model })).toThrow(ForbiddenModel);
  });
});
