import { addTensor, type Graph } from '../graph.ts';
import { record } from '../tape.ts';
import type { DataType, FloatTensor, IntTensor, Shape, Tensor } from '../tensor.ts';
import { intVector, shapeOf } from './basics.ts';

/** The same elements in another shape; no gradient. One side of `shape` may be −1. */
export const reshapeOnly = <Type extends DataType>(graph: Graph, x: Tensor<Type>, shape: Shape): Tensor<Type> =>
  reshapeTo(graph, x, intVector(graph, shape), shape);

/** The same elements in another shape. */
export function reshape(graph: Graph, x: FloatTensor, shape: Shape): FloatTensor {
  const y = reshapeOnly(graph, x, shape);
  record(graph, {
    inputs: [x],
    outputs: [y],
    backward: ([dy]) => [reshapeTo(graph, dy!, shapeOf(graph, x), x.shape)],
  });
  return y;
}

function reshapeTo<Type extends DataType>(graph: Graph, x: Tensor<Type>, sides: IntTensor, shape: Shape): Tensor<Type> {
  const attributes = { T: { type: x.type }, Tshape: { type: 'int32' } } as const;
  return addTensor(graph, { op: 'Reshape', inputs: [x, sides], attributes }, x.type, shape);
}
