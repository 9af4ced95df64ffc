// Ops without a gradient: constants, inputs, casts and the arithmetic of labels and optimizer.

import { addNode, addTensor, outputOf, type Graph } from '../graph.ts';
import type { DataType, FloatTensor, IntTensor, Shape, Tensor } from '../tensor.ts';

/** A value fed at each call. */
export function placeholder<Type extends DataType>(graph: Graph, name: string, type: Type, shape: Shape): Tensor<Type> {
  const attributes = { dtype: { type }, shape: { shape } };
  return addTensor(graph, { op: 'Placeholder', name, attributes }, type, shape);
}

export function constant<Type extends 'float32' | 'int32'>(
  graph: Graph,
  type: Type,
  shape: Shape,
  values: readonly number[],
): Tensor<Type> {
  const attributes = { dtype: { type }, value: { constant: { type, shape, values } } };
  return addTensor(graph, { op: 'Const', attributes }, type, shape);
}

export const floatScalar = (graph: Graph, value: number): FloatTensor => constant(graph, 'float32', [], [value]);

export const intScalar = (graph: Graph, value: number): IntTensor => constant(graph, 'int32', [], [value]);

export const intVector = (graph: Graph, values: readonly number[]): IntTensor =>
  constant(graph, 'int32', [values.length], values);

/** The sides of a tensor as a tensor: a constant where all are known, else asked for when the graph runs. */
export function shapeOf(graph: Graph, x: Tensor): IntTensor {
  if (!x.shape.includes(-1)) return intVector(graph, x.shape);
  const attributes = { T: { type: x.type }, out_type: { type: 'int32' } } as const;
  return addTensor(graph, { op: 'Shape', inputs: [x], attributes }, 'int32', [x.shape.length]);
}

export function cast<Type extends DataType>(graph: Graph, x: Tensor, type: Type): Tensor<Type> {
  const attributes = { SrcT: { type: x.type }, DstT: { type } };
  return addTensor(graph, { op: 'Cast', inputs: [x], attributes }, type, x.shape);
}

/** The same bytes read as another type; a wider type becomes one more side. */
export function bytesOfInts(graph: Graph, x: IntTensor): Tensor<'uint8'> {
  const attributes = { T: { type: 'int32' }, type: { type: 'uint8' } } as const;
  return addTensor(graph, { op: 'Bitcast', inputs: [x], attributes }, 'uint8', [...x.shape, 4]);
}

/** Element by element, `b` broadcast to the shape of `a`. */
function binary(graph: Graph, op: string, a: FloatTensor, b: FloatTensor): FloatTensor {
  return addTensor(graph, { op, inputs: [a, b], attributes: { T: { type: 'float32' } } }, 'float32', a.shape);
}

export const multiply = (graph: Graph, a: FloatTensor, b: FloatTensor): FloatTensor => binary(graph, 'Mul', a, b);
export const subtract = (graph: Graph, a: FloatTensor, b: FloatTensor): FloatTensor => binary(graph, 'Sub', a, b);
export const divide = (graph: Graph, a: FloatTensor, b: FloatTensor): FloatTensor => binary(graph, 'RealDiv', a, b);

/** Splits the first side into single tensors. */
export function unstack<Type extends DataType>(graph: Graph, x: Tensor<Type>): Tensor<Type>[] {
  const [count = 0, ...shape] = x.shape;
  const attributes = { T: { type: x.type }, num: { int: count }, axis: { int: 0 } };
  const node = addNode(graph, { op: 'Unpack', inputs: [x], attributes });
  return Array.from({ length: count }, (_, i) => outputOf(node, i, x.type, shape));
}

/** The same value, available only after other nodes have run: what a call fetches to make updates happen. */
export function identityAfter<Type extends DataType>(
  graph: Graph,
  x: Tensor<Type>,
  name: string,
  after: string[],
): Tensor<Type> {
  const attributes = { T: { type: x.type } };
  return addTensor(graph, { op: 'Identity', name, inputs: [x], after, attributes }, x.type, x.shape);
}

/** The same value; the call fails with `message` in its error where one element is NaN or infinite. */
export function expectFinite(graph: Graph, x: FloatTensor, message: string): FloatTensor {
  const attributes = { T: { type: 'float32' }, message: { text: message } } as const;
  return addTensor(graph, { op: 'CheckNumerics', inputs: [x], attributes }, 'float32', x.shape);
}
