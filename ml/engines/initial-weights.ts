import { sizeOf, type Parameter } from '../model.ts';
import { createRandom } from '../random.ts';
import { INITIAL_WEIGHTS_STREAM } from './streams.ts';

/**
 * The first weights, laid out as `parameters`. Kernels: normal with variance 2 / fan-in (He and others, "Delving deep
 * into rectifiers", 2015), the last one 1 / fan-in since no ReLU follows; gamma and variance 1; all else 0.
 */
export function initialWeights(parameters: Parameter[], seed: number): Float32Array {
  const vector = new Float32Array(parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  const lastKernel = parameters.findLastIndex(({ kind }) => kind === 'weight');
  let offset = 0;
  parameters.forEach(({ name, shape, kind }, index) => {
    const values = vector.subarray(offset, (offset += sizeOf(shape)));
    if (kind === 'weight') {
      const random = createRandom(seed, INITIAL_WEIGHTS_STREAM, index);
      const fanIn = sizeOf(shape.slice(0, -1));
      const deviation = Math.sqrt((index === lastKernel ? 1 : 2) / fanIn);
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
    } else if (name.endsWith('/gamma') || name.endsWith('/variance')) {
      values.fill(1);
    }
  });
  return vector;
}
