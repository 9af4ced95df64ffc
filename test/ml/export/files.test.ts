import { createHash } from 'node:crypto';
import onnxProto, { type onnx as Onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { floatBytes, integerBytes, joined } from '../../../ml/export/bytes.ts';
import { foldBatchNorm, UnsupportedNetwork } from '../../../ml/export/fold.ts';
import { exportOnnx } from '../../../ml/export/onnx.ts';
import { exportTfjs } from '../../../ml/export/tfjs.ts';
import { networks, parametersOf, type Layer, type NetworkName } from '../../../ml/model.ts';
import { CLASSES, seededWeights } from './sample-networks.ts';

const { onnx } = onnxProto;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
const networkOf = (name: NetworkName) => ({ layers: networks[name], weights: seededWeights(name), classes: CLASSES });

const OPERATORS = ['Reshape', 'AveragePool', 'Conv', 'Relu', 'MaxPool', 'Gemm', 'Softmax'];

describe.each(Object.keys(networks) as NetworkName[])('the ONNX file of network %s', (name) => {
  const model = onnx.ModelProto.decode(exportOnnx(networkOf(name)).bytes);

  it('is opset 13, IR 8', () => {
    expect(model.irVersion).toEqual(onnx.ModelProto.fromObject({ irVersion: 8 }).irVersion);
    expect(Number(model.opsetImport[0]?.version)).toBe(13);
  });
  it('uses only operators that every runtime knows', () => {
    expect(OPERATORS).toEqual(expect.arrayContaining(model.graph!.node!.map((node) => node.opType!)));
  });
  it('reads image [N, 32, 32, 1] and answers probabilities [N, classes], float32', () => {
    const shown = (value: Onnx.IValueInfoProto) => ({
      name: value.name,
      type: value.type?.tensorType?.elemType,
      shape: value.type?.tensorType?.shape?.dim?.map((side) => side.dimParam || Number(side.dimValue)),
    });
    expect(model.graph!.input!.map(shown)).toEqual([{ name: 'image', type: 1, shape: ['N', 32, 32, 1] }]);
    expect(model.graph!.output!.map(shown)).toEqual([{ name: 'probabilities', type: 1, shape: ['N', CLASSES.length] }]);
  });
  it('carries the class names', () => {
    expect(model.metadataProps.map(({ key, value }) => [key, JSON.parse(value!)])).toEqual([['classes', CLASSES]]);
  });
});

describe('exported bytes', () => {
  // A changed digest means that every model exported from now on is a new version, even from the same weights.
  it.each([
    ['compact', 'e89b87eb4eb53bca'],
    ['larger', 'a860be84da452fb1'],
    ['reference', '71cfe6bb6fd9cb52'],
  ] as const)('of network %s are the same on every machine', (name, digest) => {
    const files = [exportOnnx(networkOf(name)), ...exportTfjs(networkOf(name))];
    expect(sha256(joined(files.map((file) => file.bytes)))).toBe(digest);
  });
  it('are little-endian', () => {
    expect(Array.from(floatBytes(Float32Array.of(1, -2)))).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
    expect(Array.from(integerBytes([-1, 258]))).toEqual([
      ...Array.from({ length: 8 }, () => 255),
      2,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
    ]);
  });
  it('hold few parameters: batch norm is folded', () => {
    const [, weights] = exportTfjs(networkOf('compact'));
    const trained = parametersOf(networks.compact, CLASSES.length).filter(({ name }) => !name.includes('-norm/'));
    const numbers = trained.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(weights!.bytes.length).toBe((numbers + 16 + 32 + 64) * 4);
  });
});

describe('foldBatchNorm', () => {
  it('refuses a batch norm that does not follow a convolution', () => {
    const layers: Layer[] = [{ kind: 'relu' }, { kind: 'batchNorm', name: 'norm' }];
    expect(() => foldBatchNorm(layers, new Map())).toThrow(UnsupportedNetwork);
    expect(() => foldBatchNorm(layers, new Map())).toThrow(
      "'norm': expected batch norm right after a convolution, got",
    );
  });
  it('names a weight that is missing', () => {
    expect(() => foldBatchNorm(networks.compact, new Map())).toThrow("expected 'conv1/kernel'");
  });
  it('leaves the given weights alone', () => {
    const weights = seededWeights('compact');
    const before = sha256(floatBytes(weights.get('conv1/kernel')!));
    foldBatchNorm(networks.compact, weights);
    expect(sha256(floatBytes(weights.get('conv1/kernel')!))).toBe(before);
  });
});

describe('exports', () => {
  it('refuse weights of another number of classes', () => {
    const network = { ...networkOf('compact'), classes: ['0', '1'] };
    expect(() => exportTfjs(network)).toThrow(/expected 'logits\/kernel' of 2048 numbers, got 11264/);
    expect(() => exportOnnx(network)).toThrow(/'logits\/kernel': expected 2048 numbers, got 11264/);
  });
  it('refuse an even kernel with padding same, whose two sides would differ', () => {
    const conv: Layer = { kind: 'conv', name: 'conv1', filters: 1, kernel: 2, padding: 'same', bias: false };
    const weights = new Map([['conv1/kernel', new Float32Array(4)]]);
    expect(() => exportOnnx({ layers: [conv], weights, classes: CLASSES })).toThrow(UnsupportedNetwork);
  });
});
