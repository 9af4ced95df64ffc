import { afterEach, describe, expect, it } from 'vitest';
import { openRuntime } from '../../../inference/runtimes/open-runtime.ts';
import { toNetworkInput } from '../../../ml/image/network-input.ts';
import { drawPictures } from '../../web/in-browser/pictures.ts';
import { CLASSES } from '../published-model.ts';
import { openPool, randomModels } from './open-pool.ts';

const COUNT = 500;
type Pool = Awaited<ReturnType<typeof openPool>>;
let pool: Pool | undefined;
afterEach(async () => pool?.close());

describe('a pool', () => {
  it('feeds its network the very bytes that training makes of a picture: 500 pictures, no bit of an answer differs', async () => {
    const [model] = await randomModels({ seed: 1 });
    pool = await openPool();
    await pool.load(model!);
    pool.use(model!.identity.digest);
    const runtime = await openRuntime('onnxruntime-node', model!.files);
    let compared = 0;
    for (const { pixels, width, height } of drawPictures(COUNT)) {
      const frame = { kind: 'gray8' as const, bytes: pixels, width, height };
      const { reading } = await pool.readFrame(frame, { mode: 'whole', threshold: 0 });
      const expected = await runtime.run(toNetworkInput(pixels, width, height, 'digit'), 1);
      const [digit] = reading.digits;
      if (digit === undefined) continue; // `none` tells no probabilities
      compared++;
      expect(digit.probabilities).toEqual(Array.from(expected));
    }
    await runtime.dispose();
    expect(CLASSES.length).toBe(11);
    expect(compared).toBeGreaterThan(COUNT / 2);
  });
  it('reads by the WebAssembly runtime as by ONNX Runtime', async () => {
    const [model] = await randomModels({ seed: 1 });
    pool = await openPool({ threads: 1, runtime: 'wasm' });
    await pool.load(model!); // has answered its golden inputs then
    pool.use(model!.identity.digest);
    const values = Float32Array.from({ length: 2_048 }, (_, index) => (index % 256) / 255);
    const runtime = await openRuntime('onnxruntime-node', model!.files);
    const expected = await runtime.runValues(values.slice(), 2);
    await runtime.dispose();
    const { probabilities } = await pool.infer(values, 2);
    probabilities.forEach((probability, index) => expect(probability).toBeCloseTo(expected[index]!, 4));
  });
});
