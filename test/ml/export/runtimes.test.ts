import * as ort from 'onnxruntime-node';
import type { Tensor } from '@tensorflow/tfjs-node';
import { describe, expect, it } from 'vitest';
import { foldTemperature } from '../../../ml/calibration.ts';
import { MODEL_INPUT, MODEL_OUTPUT } from '../../../ml/export/names.ts';
import { exportOnnx } from '../../../ml/export/onnx.ts';
import { readTfjs } from '../../../ml/export/read-tfjs.ts';
import { exportSavedModel, SAVED_MODEL_FILE } from '../../../ml/export/saved-model.ts';
import { exportTfjs } from '../../../ml/export/tfjs.ts';
import { UnsupportedNetwork, type ExportNetwork } from '../../../ml/export/fold.ts';
import { openSavedModel } from '../../../ml/engines/exported-model.ts';
import { loadTensorFlow } from '../../../ml/engines/graph/tensorflow.ts';
import { INPUT_SIZE, networks, type NetworkName } from '../../../ml/model.ts';
import { engineHost } from '../../../activities/trainer/child/open.ts';
import { CLASSES, forward, seededImages, seededWeights } from './sample-networks.ts';

const tf = await loadTensorFlow(); // with what Node 23 and later lack
const COUNT = 6;
const images = seededImages(COUNT);

async function byOnnx(network: ExportNetwork): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(exportOnnx(network).bytes);
  const input = new ort.Tensor('float32', images, [COUNT, INPUT_SIZE, INPUT_SIZE, 1]);
  const output = (await session.run({ [MODEL_INPUT]: input }))[MODEL_OUTPUT]!;
  expect(output.dims).toEqual([COUNT, CLASSES.length]);
  await session.release();
  return output.data as Float32Array;
}

interface Topology {
  modelTopology: object;
  weightsManifest: { weights: { name: string; shape: number[]; dtype: 'float32' }[] }[];
}

async function byTfjs(network: ExportNetwork): Promise<Float32Array> {
  const [topology, weights] = exportTfjs(network);
  const json = JSON.parse(new TextDecoder().decode(topology!.bytes)) as Topology;
  const model = await tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest[0]!.weights,
      weightData: weights!.bytes.slice().buffer,
    }),
  );
  expect(model.inputNames).toEqual(['image']);
  expect(model.inputs[0]?.shape).toEqual([null, INPUT_SIZE, INPUT_SIZE, 1]);
  expect(model.outputNames).toEqual(['probabilities']);
  const output = tf.tidy(() => model.predict(tf.tensor4d(images, [COUNT, INPUT_SIZE, INPUT_SIZE, 1])) as Tensor);
  const probabilities = (await output.data()) as Float32Array;
  output.dispose();
  model.dispose();
  return probabilities;
}

/** As a published version is exported: from its TensorFlow.js files. */
async function bySavedModel(network: ExportNetwork): Promise<Float32Array> {
  const [model, weights] = exportTfjs(network);
  const plain = readTfjs({ model: model!.bytes, weights: weights!.bytes });
  const { name, bytes } = exportSavedModel(plain, CLASSES.length);
  expect(name).toBe(SAVED_MODEL_FILE);
  return engineHost.withModelFolder(bytes, async (folder) => {
    const opened = await openSavedModel(folder);
    try {
      return opened.predictValues(images, COUNT);
    } finally {
      opened.dispose();
    }
  });
}

const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0);

describe.each(Object.keys(networks) as NetworkName[])('network %s', (name) => {
  const layers = networks[name];
  const network = { layers, weights: seededWeights(name), classes: CLASSES };
  const expected = forward(layers, network.weights, images).flatMap((row) => Array.from(row));

  it('answers probabilities that differ between samples, or this comparison proves nothing', () => {
    expect(largestGap(expected.slice(0, CLASSES.length), expected.slice(CLASSES.length))).toBeGreaterThan(0.01);
  });
  it('answers the same through its ONNX file as a plain forward pass', async () => {
    expect(largestGap(await byOnnx(network), expected)).toBeLessThan(1e-5);
  });
  it('answers the same through its TensorFlow.js files as a plain forward pass', async () => {
    expect(largestGap(await byTfjs(network), expected)).toBeLessThan(1e-5);
  });
  it('answers the same through a SavedModel made of its TensorFlow.js files', async () => {
    expect(largestGap(await bySavedModel(network), expected)).toBeLessThan(1e-5);
  });
  it('answers calibrated probabilities through both once a temperature is folded in', async () => {
    const calibrated = { ...network, weights: foldTemperature(network.weights, layers, 2.5) };
    const softened = forward(layers, calibrated.weights, images).flatMap((row) => Array.from(row));
    expect(largestGap(softened, expected)).toBeGreaterThan(0.01);
    expect(largestGap(await byOnnx(calibrated), softened)).toBeLessThan(1e-5);
    expect(largestGap(await byTfjs(calibrated), softened)).toBeLessThan(1e-5);
  });
});

describe('a SavedModel made of TensorFlow.js files', () => {
  const [model, weights] = exportTfjs({
    layers: networks.compact,
    weights: seededWeights('compact'),
    classes: CLASSES,
  }).map(({ bytes }) => bytes) as [Uint8Array, Uint8Array];

  it('has equal bytes for equal networks', () => {
    const once = (): Uint8Array => exportSavedModel(readTfjs({ model, weights }), CLASSES.length).bytes;
    expect(Buffer.from(once()).equals(once())).toBe(true);
  });
  it('is refused when weights are missing or too many', () => {
    expect(() => readTfjs({ model, weights: weights.subarray(4) })).toThrow(RangeError);
    expect(() => readTfjs({ model, weights: Buffer.concat([weights, weights]) })).toThrow(/expected \d+ bytes/);
  });
  it('is refused for layers that no export of ours writes', () => {
    const other = Buffer.from(model).toString().replace('"Flatten"', '"Dropout"');
    expect(() => readTfjs({ model: Buffer.from(other), weights })).toThrow(UnsupportedNetwork);
    const noSoftmax = Buffer.from(model).toString().replace('"Softmax"', '"Flatten"');
    expect(() => readTfjs({ model: Buffer.from(noSoftmax), weights })).toThrow(/softmax named probabilities/);
  });
});
