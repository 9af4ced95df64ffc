import { addTensor, type Graph } from '../graph.ts';
import { record } from '../tape.ts';
import type { FloatTensor } from '../tensor.ts';

const attributes = { T: { type: 'float32' } } as const;

/** max(x, 0), element by element. */
export function relu(graph: Graph, x: FloatTensor): FloatTensor {
  const y = addTensor(graph, { op: 'Relu', inputs: [x], attributes }, 'float32', x.shape);
  record(graph, {
    inputs: [x],
    outputs: [y],
    backward: ([dy]) => [addTensor(graph, { op: 'ReluGrad', inputs: [dy!, y], attributes }, 'float32', x.shape)],
  });
  return y;
}
