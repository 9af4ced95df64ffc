import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { WasmFailure } from '../../../../ml/engines/wasm/errors.ts';
import { openWasmModel } from '../../../../ml/engines/wasm/node.ts';
import { exportTfjs } from '../../../../ml/export/tfjs.ts';
import { networks, type NetworkName } from '../../../../ml/model.ts';
import { CLASSES, forward, seededImages, seededWeights } from '../../export/sample-networks.ts';

const wasm = await readFile(
  createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'),
);
const filesOf = (name: NetworkName) => {
  const network = { layers: networks[name], weights: seededWeights(name), classes: CLASSES };
  const [model, weights] = exportTfjs(network).map(({ bytes }) => bytes);
  return { network, model: model!, weights: weights! };
};
const errorListeners = () =>
  (['uncaughtException', 'unhandledRejection'] as const).map((event) => process.rawListeners(event));
const listenersBefore = errorListeners();
const COUNT = 3;
const values = seededImages(COUNT);
const bytes = Uint8Array.from(values, (value) => Math.round(value * 255));
const gap = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0);

describe('a binary that is none', () => {
  it('is refused, and the next one may start the backend', async () => {
    const { model, weights } = filesOf('compact');
    await expect(openWasmModel({ model, weights, wasm: wasm.subarray(0, 1_000) })).rejects.toThrow(WasmFailure);
    const opened = await openWasmModel({ model, weights, wasm });
    opened.dispose();
  });
  it('leaves the process as it was: no listener of its own for errors of others', () => {
    // Emscripten's glue listens to them while it starts, and would end a server at somebody else's rejection.
    expect(errorListeners()).toEqual(listenersBefore);
  });
});

describe.each(Object.keys(networks) as NetworkName[])('network %s in WebAssembly', (name) => {
  it('answers what a plain forward pass answers, from bytes and from values', async () => {
    const { network, model, weights } = filesOf(name);
    const opened = await openWasmModel({ model, weights, wasm });
    const expected = forward(network.layers, network.weights, values).flatMap((row) => Array.from(row));
    expect(gap(opened.predictValues(values, COUNT), expected)).toBeLessThan(1e-5);
    expect(gap(opened.predict(bytes, COUNT), expected)).toBeLessThan(1e-5);
    expect(opened.classCount).toBe(CLASSES.length);
    opened.dispose();
  });
});

describe('a model in WebAssembly', () => {
  it('keeps no tensor of what it answered, and none at all when it is disposed of', async () => {
    const before = memory();
    const { model, weights } = filesOf('compact');
    const opened = await openWasmModel({ model, weights, wasm });
    const open = memory();
    for (let round = 0; round < 50; round++)
      opened.predict(bytes.subarray(0, 1024 * (1 + (round % COUNT))), 1 + (round % COUNT));
    expect(memory()).toEqual(open);
    expect(open.numTensors).toBe(before.numTensors + 8);
    opened.dispose();
    expect(memory()).toEqual(before);
  });
  it('answers nothing for nothing, and refuses another number of pixels', async () => {
    const { model, weights } = filesOf('compact');
    const opened = await openWasmModel({ model, weights, wasm });
    expect(opened.predict(new Uint8Array(0), 0)).toEqual(new Float32Array(0));
    expect(() => opened.predict(bytes, COUNT + 1)).toThrow(RangeError);
    opened.dispose();
  });
});
