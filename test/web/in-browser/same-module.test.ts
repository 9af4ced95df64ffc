import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxRuntime } from '../../../inference/runtimes/onnx.ts';
import type { Runtime } from '../../../inference/runtimes/runtime.ts';
import { type Preprocessing, toNetworkInput } from '../../../ml/image/network-input.ts';
import { createFrameReader } from '../../../ml/reader/read-frame.ts';
import { CLASSES } from '../../ml/export/sample-networks.ts';
import { chromiumPath } from '../../support/open-chromium.ts';
import { base64, type BrowserWorld, openBrowserWorld, type Parts, prepare, read, sent } from './browser-world.ts';
import { makePageModel, type PageModel } from './page-model.ts';
import { bundleEntry } from './page-server.ts';
import { drawFrame, drawPictures } from './pictures.ts';

const COUNT = 500;
const pictures = drawPictures(COUNT);
/** [count, 32, 32] as the train path makes them. */
const inputsOf = (some: typeof pictures, preprocessing: Preprocessing): Uint8Array => {
  const inputs = new Uint8Array(some.length * 1_024);
  some.forEach(({ pixels, width, height }, index) =>
    inputs.set(toNetworkInput(pixels, width, height, preprocessing), index * 1_024),
  );
  return inputs;
};
const inputs = inputsOf(pictures, 'digit');

describe.skipIf(chromiumPath === undefined)('one module in Node and in Chromium', () => {
  let world: BrowserWorld;
  let model: PageModel;
  let runtime: Runtime;
  beforeAll(async () => {
    [world, model] = await Promise.all([openBrowserWorld(), makePageModel()]);
    runtime = await createOnnxRuntime({ model: model.files.get('model.onnx')!, classCount: CLASSES.length });
  });
  afterAll(async () => {
    await world.close();
    await runtime.dispose();
  });

  it('makes the network inputs of 500 pictures byte for byte as Node does, in both preparations', async () => {
    const page = await world.openPage(model);
    for (const preprocessing of ['digit', 'reference'] as const) {
      const made = await page.evaluate(
        ({ pictures, preprocessing }) => {
          const { parts } = globalThis as unknown as Parts;
          const all = new Uint8Array(pictures.length * 1_024);
          pictures.forEach(({ pixels, width, height }, index) =>
            all.set(parts.toNetworkInput(parts.decodeBase64(pixels), width, height, preprocessing), index * 1_024),
          );
          return parts.encodeBase64(all);
        },
        { pictures: pictures.map(sent), preprocessing },
      );
      const ours = inputsOf(pictures, preprocessing);
      const theirs = Buffer.from(made, 'base64');
      expect(theirs.length).toBe(ours.length);
      expect(ours.filter((value, index) => value !== theirs[index]).length).toBe(0);
      // A comparison of blank inputs would prove nothing.
      expect(
        new Set(Array.from({ length: COUNT }, (_, i) => base64(ours.subarray(i * 1_024, (i + 1) * 1_024)))).size,
      ).toBeGreaterThan(400);
    }
  });

  it('finds the same digits in a frame, and cuts the same inputs out of it', async () => {
    const page = await world.openPage(model);
    const frames = Array.from({ length: 12 }, (_, index) => drawFrame(index));
    const theirs = await page.evaluate(
      async ({ frames, classes }) => {
        const { parts } = globalThis as unknown as Parts;
        const seen: string[] = [];
        const reader = parts.createFrameReader({
          model: { classes, threshold: 0.5, preprocessing: 'digit' },
          infer: (inputs, count) => {
            seen.push(`${count} ${parts.encodeBase64(inputs.slice(0, count * 1_024))}`);
            return new Float32Array(count * classes.length).fill(0.5);
          },
        });
        for (const { pixels, ...sides } of frames) await reader.read({ ...sides, pixels: parts.decodeBase64(pixels) });
        return seen;
      },
      { frames: frames.map(sent), classes: CLASSES },
    );
    const ours: string[] = [];
    const reader = createFrameReader({
      model: { classes: CLASSES, threshold: 0.5, preprocessing: 'digit' },
      infer: (inputs, count) => {
        ours.push(`${count} ${base64(inputs.slice(0, count * 1_024))}`);
        return new Float32Array(count * CLASSES.length).fill(0.5);
      },
    });
    for (const frame of frames) await reader.read(frame);
    expect(ours.length).toBeGreaterThan(8);
    expect(theirs).toEqual(ours);
  });

  it('gives probabilities within 1e-4 of the server’s on 500 pictures', async () => {
    const page = await world.openPage(model);
    const made = await page.evaluate(
      async ({ inputs, model, weights }) => {
        const { parts } = globalThis as unknown as Parts;
        const wasm = new Uint8Array(await (await fetch(parts.pageBinaries.simd.url)).arrayBuffer());
        const opened = await parts.openWasmModel({
          model: parts.decodeBase64(model),
          weights: parts.decodeBase64(weights),
          wasm,
        });
        const probabilities = opened.predict(parts.decodeBase64(inputs), 500);
        return parts.encodeBase64(new Uint8Array(probabilities.buffer));
      },
      {
        inputs: base64(inputs),
        model: base64(model.files.get('tfjs/model.json')!),
        weights: base64(model.files.get('tfjs/weights.bin')!),
      },
    );
    const theirs = new Float32Array(Uint8Array.from(Buffer.from(made, 'base64')).buffer);
    const ours = await runtime.run(inputs, COUNT);
    expect(theirs.length).toBe(ours.length);
    const largest = ours.reduce((so, value, index) => Math.max(so, Math.abs(value - theirs[index]!)), 0);
    expect(largest).toBeLessThan(1e-4);
    expect(Math.max(...ours) - Math.min(...ours)).toBeGreaterThan(0.3);
  });

  it('reads a frame in its own thread as the server does, under a strict content policy', async () => {
    const page = await world.openPage(model);
    const state = await prepare(page);
    expect(state).toMatchObject({ state: 'ready', checked: 'signature', model: { version: 1 } });
    const frame = drawFrame(3);
    const { reading, model: by } = await read(page, frame);
    expect(by).toMatchObject({ name: 'digits', version: 1, digest: model.version.digest, labels: CLASSES });
    const ours = await createFrameReader({
      model: { classes: CLASSES, threshold: 0.4, preprocessing: 'digit' },
      infer: (some, count) => runtime.run(some.slice(0, count * 1_024), count),
    }).read(frame);
    expect(ours.digits.length).toBeGreaterThan(0);
    expect(reading.decision).toBe(ours.decision);
    expect(reading.digits.map(({ box, label }) => ({ box, label }))).toEqual(
      ours.digits.map(({ box, label }) => ({ box, label })),
    );
    reading.digits.forEach(({ probability }, index) =>
      expect(Math.abs(probability - ours.digits[index]!.probability)).toBeLessThan(1e-4),
    );
    expect(world.complaints).toEqual([]);
  });

  it('is small: code, backend and model in 450 KB compressed', async () => {
    const own = await bundleEntry(`export { createLocalReader } from './web/in-browser/create-local-reader.ts';`);
    const fetched = own.filter(({ name }) => !/^tfjs-backend-wasm-[A-Z0-9]+\.wasm$/.test(name)); // the plain one is not
    expect(fetched.some(({ name }) => name.startsWith('tfjs-backend-wasm-simd-'))).toBe(true);
    const sizes = fetched.map(({ name, bytes }) => [name, gzipSync(bytes).length] as const);
    const published = ['tfjs/model.json', 'tfjs/weights.bin', 'golden.json'].map(
      (path) => [path, gzipSync(model.files.get(path)!).length] as const,
    );
    const total = [...sizes, ...published].reduce((sum, [, size]) => sum + size, 0);
    expect(total).toBeGreaterThan(200_000);
    expect(total).toBeLessThanOrEqual(450 * 1_024);
  });
});
