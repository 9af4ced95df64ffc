// Variables live in TensorFlow's session between calls, and are shared by all signatures of one graph.

import { addNode, addSignature, addTensor, outputOf, type Graph } from './graph.ts';
import { constant, floatScalar, identityAfter, intScalar, intVector, placeholder } from './ops/basics.ts';
import { reshapeOnly } from './ops/reshape.ts';
import { elementCount, type FloatTensor, type Shape, type Tensor } from './tensor.ts';

const float = { dtype: { type: 'float32' } } as const;

export interface Variable {
  name: string;
  shape: Shape;
  handle: Tensor<'resource'>;
}

export function variable(graph: Graph, name: string, shape: Shape): Variable {
  const attributes = { ...float, shape: { shape }, shared_name: { text: name }, container: { text: '' } };
  const handle = addTensor(graph, { op: 'VarHandleOp', name, attributes }, 'resource', []);
  return { name, shape, handle };
}

/** The variable's value. A call that reads before the first write fails. */
export const readVariable = (graph: Graph, { handle, shape }: Variable): FloatTensor =>
  addTensor(graph, { op: 'ReadVariableOp', inputs: [handle], attributes: float }, 'float32', shape);

/** Sets the variable; gives the node, which a fetched value has to name in `after`. */
export const assign = (graph: Graph, { handle }: Variable, value: FloatTensor, after: string[] = []): string =>
  addNode(graph, { op: 'AssignVariableOp', inputs: [handle, value], after, attributes: float });

/** Subtracts from the variable; gives the node. */
export const assignSubtract = (graph: Graph, { handle }: Variable, value: FloatTensor, after: string[]): string =>
  addNode(graph, { op: 'AssignSubVariableOp', inputs: [handle, value], after, attributes: float });

/** Sets every element to 0; gives the node. */
export function assignZeros(graph: Graph, target: Variable): string {
  const attributes = { T: { type: 'float32' }, index_type: { type: 'int32' } } as const;
  const sides = constant(graph, 'int32', [target.shape.length], target.shape);
  const fill = { op: 'Fill', inputs: [sides, floatScalar(graph, 0)], attributes };
  return assign(graph, target, addTensor(graph, fill, 'float32', target.shape));
}

const sizeOf = (variables: Variable[]): number => variables.reduce((sum, { shape }) => sum + elementCount(shape), 0);

/** A signature without inputs whose output `vector` holds all variables one after another. Only reads. */
export function addExportSignature(graph: Graph, name: string, variables: Variable[]): void {
  const flat = variables.map((each) => reshapeOnly(graph, readVariable(graph, each), [elementCount(each.shape)]));
  const attributes = { T: { type: 'float32' }, N: { int: flat.length }, Tidx: { type: 'int32' } } as const;
  const inputs = [...flat, intScalar(graph, 0)];
  const vector = addTensor(graph, { op: 'ConcatV2', name, inputs, attributes }, 'float32', [sizeOf(variables)]);
  addSignature(graph, name, { inputs: {}, outputs: { vector } });
}

/**
 * A signature whose input `vector` sets all variables. The vector is split, never assigned whole: TensorFlow.js shares
 * the fed array's memory, and a variable must not alias it.
 * @param also nodes that have to run in the same call
 */
export function addRestoreSignature(graph: Graph, name: string, variables: Variable[], also: string[] = []): void {
  const size = sizeOf(variables);
  const vector = placeholder(graph, 'vector', 'float32', [size]);
  const sizes = intVector(
    graph,
    variables.map(({ shape }) => elementCount(shape)),
  );
  const attributes = { T: { type: 'float32' }, Tlen: { type: 'int32' }, num_split: { int: variables.length } } as const;
  const split = addNode(graph, { op: 'SplitV', inputs: [vector, sizes, intScalar(graph, 0)], attributes });
  const assigned = variables.map((target, i) => {
    const part = outputOf(split, i, 'float32', [elementCount(target.shape)]);
    return assign(graph, target, reshapeOnly(graph, part, target.shape));
  });
  const done = identityAfter(graph, intScalar(graph, size), 'done', [...assigned, ...also]);
  addSignature(graph, name, { inputs: { vector }, outputs: { done } });
}
