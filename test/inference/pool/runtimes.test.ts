// Each runtime where it works in the product: in the pool's threads.

import { expect, it } from 'vitest';
import type { RuntimeName } from '../../../inference/runtimes/open-runtime.ts';
import { grayFrame, openPool, randomModels } from './open-pool.ts';

const digitsOf = async (runtime: RuntimeName) => {
  const [model] = await randomModels({ seed: 1 });
  const pool = await openPool({ runtime, threads: 2 });
  try {
    await pool.load(model!); // the golden inputs are answered in every thread
    pool.use(model!.identity.digest);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => pool.readFrame(grayFrame(i), { mode: 'whole' })),
    );
    return answers.map(({ reading }) => reading.digits.map(({ probabilities }) => probabilities));
  } finally {
    await pool.close();
  }
};

it.each(['wasm', 'tfjs-node'] as const)(
  '%s answers in every thread of a pool as ONNX Runtime does',
  async (runtime) => {
    const [expected, got] = [await digitsOf('onnxruntime-node'), await digitsOf(runtime)];
    expect(got.map((digits) => digits.length)).toEqual(expected.map((digits) => digits.length));
    for (const [index, value] of got.flat(2).entries()) expect(value).toBeCloseTo(expected.flat(2)[index]!, 4);
  },
);
