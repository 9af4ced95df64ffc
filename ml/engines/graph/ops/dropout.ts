import { addTensor, type Graph } from '../graph.ts';
import { record } from '../tape.ts';
import type { FloatTensor, IntTensor } from '../tensor.ts';
import { cast, floatScalar, multiply, shapeOf } from './basics.ts';

/**
 * Sets a share of the elements to zero and scales the others by 1 / (1 − rate).
 * @param rate 0 ≤ rate < 1
 * @param seed [2]: the mask depends on nothing else, so a resumed run drops the same elements
 */
export function dropout(graph: Graph, x: FloatTensor, rate: number, seed: IntTensor): FloatTensor {
  const uniform = addTensor(
    graph,
    {
      op: 'StatelessRandomUniform',
      inputs: [shapeOf(graph, x), seed],
      attributes: { dtype: { type: 'float32' }, T: { type: 'int32' }, Tseed: { type: 'int32' } },
    },
    'float32',
    x.shape,
  );
  const kept = addTensor(
    graph,
    { op: 'GreaterEqual', inputs: [uniform, floatScalar(graph, rate)], attributes: { T: { type: 'float32' } } },
    'bool',
    x.shape,
  );
  const mask = multiply(graph, cast(graph, kept, 'float32'), floatScalar(graph, 1 / (1 - rate)));
  const y = multiply(graph, x, mask);
  record(graph, { inputs: [x], outputs: [y], backward: ([dy]) => [multiply(graph, dy!, mask)] });
  return y;
}
