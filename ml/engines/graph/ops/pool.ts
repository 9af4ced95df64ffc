import { addTensor, type Graph } from '../graph.ts';
import { record } from '../tape.ts';
import { imageSides, type FloatTensor } from '../tensor.ts';
import { shapeOf } from './basics.ts';

const float = { T: { type: 'float32' } } as const;

function window(size: number): { ksize: { ints: number[] }; strides: { ints: number[] }; padding: { text: string } } {
  const sides = { ints: [1, size, size, 1] };
  return { ksize: sides, strides: sides, padding: { text: 'VALID' } };
}

function pooledShape(x: FloatTensor, size: number): number[] {
  const [batch, height, width, channels] = imageSides(x);
  return [batch, Math.floor(height / size), Math.floor(width / size), channels];
}

/** The largest of each size × size square; [batch, height, width, channels], a rest at the edge is dropped. */
export function maxPool(graph: Graph, x: FloatTensor, size: number): FloatTensor {
  const attributes = { ...float, ...window(size) };
  const y = addTensor(graph, { op: 'MaxPool', inputs: [x], attributes }, 'float32', pooledShape(x, size));
  record(graph, {
    inputs: [x],
    outputs: [y],
    backward: ([dy]) => [addTensor(graph, { op: 'MaxPoolGrad', inputs: [x, y, dy!], attributes }, 'float32', x.shape)],
  });
  return y;
}

/** The mean of each size × size square; [batch, height, width, channels], a rest at the edge is dropped. */
export function averagePool(graph: Graph, x: FloatTensor, size: number): FloatTensor {
  const attributes = { ...float, ...window(size) };
  const y = addTensor(graph, { op: 'AvgPool', inputs: [x], attributes }, 'float32', pooledShape(x, size));
  record(graph, {
    inputs: [x],
    outputs: [y],
    backward: ([dy]) => [
      addTensor(graph, { op: 'AvgPoolGrad', inputs: [shapeOf(graph, x), dy!], attributes }, 'float32', x.shape),
    ],
  });
  return y;
}
