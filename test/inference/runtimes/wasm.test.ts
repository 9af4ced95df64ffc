import { describe, expect, it } from 'vitest';
import { openRuntime } from '../../../inference/runtimes/open-runtime.ts';
import { RuntimeFailure } from '../../../inference/runtimes/runtime.ts';
import { toNetworkInput } from '../../../ml/image/network-input.ts';
import { largestDifference } from '../../../ml/export/golden.ts';
import { makePageModel } from '../../web/in-browser/page-model.ts';
import { drawPictures } from '../../web/in-browser/pictures.ts';

const COUNT = 100;
const pictures = drawPictures(COUNT);
const inputs = new Uint8Array(COUNT * 1_024);
pictures.forEach(({ pixels, width, height }, index) =>
  inputs.set(toNetworkInput(pixels, width, height, 'digit'), index * 1_024),
);

const published = await makePageModel();
const file = (path: string): Uint8Array => published.files.get(path)!;
const model = {
  onnx: file('model.onnx'),
  layers: { model: file('tfjs/model.json'), weights: file('tfjs/weights.bin') },
  classCount: published.version.classes.length,
};

describe('the WebAssembly runtime', () => {
  it('gives the probabilities of ONNX Runtime, from bytes and from values, one by one and at once', async () => {
    const wasm = await openRuntime('wasm', model);
    const onnx = await openRuntime('onnxruntime-node', model);
    const expected = await onnx.run(inputs, COUNT);
    const values = Float32Array.from(inputs, (byte) => byte / 255);
    expect(largestDifference(await wasm.run(inputs, COUNT), expected)).toBeLessThan(1e-5);
    expect(largestDifference(await wasm.runValues(values, COUNT), expected)).toBeLessThan(1e-5);
    const one = await wasm.run(inputs.subarray(5 * 1_024, 6 * 1_024), 1);
    expect(largestDifference(one, expected.subarray(5 * model.classCount, 6 * model.classCount))).toBeLessThan(1e-5);
    await wasm.dispose();
    await onnx.dispose();
  });
  it('refuses other files, other inputs and none', async () => {
    const layers = { ...model.layers, weights: model.layers.weights.subarray(4) };
    await expect(openRuntime('wasm', { ...model, layers })).rejects.toThrow(RuntimeFailure);
    const wasm = await openRuntime('wasm', model);
    await expect(wasm.run(inputs, 1)).rejects.toThrow(RangeError);
    await expect(wasm.run(new Uint8Array(0), 0)).rejects.toThrow(RangeError);
    await wasm.dispose();
    const other = await openRuntime('wasm', { ...model, classCount: 10 });
    await expect(other.run(inputs, COUNT)).rejects.toThrow(RuntimeFailure);
    await other.dispose();
  });
});
