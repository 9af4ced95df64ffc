// What every runtime must do, so that a model answers alike whichever serves it. Each runtime's test runs this suite.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { loadModel, type LoadedModel } from '../../inference/load-model.ts';
import { RuntimeFailure, type Runtime, type RuntimeModel } from '../../inference/runtimes/runtime.ts';
import { largestDifference } from '../../ml/export/golden.ts';
import { publishRandomModel } from '../inference/published-model.ts';

/** ONNX Runtime made the golden probabilities; another runtime may round otherwise, and no more. */
const TOLERANCE = 1e-4;

export function describeRuntime(name: string, open: (model: RuntimeModel) => Promise<Runtime>): void {
  describe(`runtime contract: ${name}`, () => {
    let model: LoadedModel;
    let runtime: Runtime;
    let values: Float32Array;
    beforeAll(async () => {
      const store = createMemoryStore();
      const { version } = await publishRandomModel(store, { seed: 5 });
      model = await loadModel({ store, version });
      runtime = await open(model.files);
      values = Float32Array.from(model.golden.images, (byte) => byte / 255);
    });
    afterAll(() => runtime?.dispose());

    it('is called by its name', () => {
      expect(runtime.name).toBe(name);
    });

    it('gives the golden probabilities, from bytes and from values', async () => {
      const { images, labels, probabilities } = model.golden;
      const fromBytes = await runtime.run(images, labels.length);
      const fromValues = await runtime.runValues(values, labels.length);
      expect(largestDifference(fromBytes, probabilities)).toBeLessThanOrEqual(TOLERANCE);
      expect(largestDifference(fromBytes, fromValues)).toBe(0);
    });

    it('answers one input as it answers it among others', async () => {
      const { probabilities } = model.golden;
      const classes = model.classes.length;
      for (const at of [0, 17, 31]) {
        const alone = await runtime.runValues(values.slice(at * 1_024, (at + 1) * 1_024), 1);
        const among = probabilities.subarray(at * classes, (at + 1) * classes);
        expect(largestDifference(alone, among)).toBeLessThanOrEqual(TOLERANCE);
        expect(alone.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
      }
    });

    it('keeps an answer as it is while it gives the next', async () => {
      const first = await runtime.runValues(values.slice(0, 1_024), 1);
      const kept = first.slice();
      await runtime.runValues(values.slice(1_024, 2_048), 1);
      expect(first).toEqual(kept);
    });

    it('refuses other numbers of values, and none', async () => {
      await expect(runtime.run(new Uint8Array(1_023), 1)).rejects.toThrow(RangeError);
      await expect(runtime.runValues(new Float32Array(1_024), 2)).rejects.toThrow(RangeError);
      await expect(runtime.run(new Uint8Array(0), 0)).rejects.toThrow(RangeError);
    });

    it('refuses files that are no model, and a model of other classes', async () => {
      const noise = new Uint8Array(200).fill(7);
      const files = { onnx: noise, layers: { model: noise, weights: noise }, classCount: model.classes.length };
      await expect(open(files)).rejects.toThrow(RuntimeFailure);
      const other = await open({ ...model.files, classCount: 10 });
      await expect(other.runValues(values.slice(0, 1_024), 1)).rejects.toThrow(RuntimeFailure);
      await other.dispose();
    });

    it('holds several models at once, and lets one go without the others', async () => {
      const second = await open(model.files);
      await second.runValues(values.slice(0, 1_024), 1);
      await second.dispose();
      const answer = await runtime.runValues(values.slice(), model.golden.labels.length);
      expect(largestDifference(answer, model.golden.probabilities)).toBeLessThanOrEqual(TOLERANCE);
    });
  });
}
