// A TensorFlow graph while it is being written: nodes in order, named signatures, and the tape of what can be
// differentiated. It knows no op and no network.

import { encodeSavedModel, type Attribute, type NodeDef, type Signature } from './saved-model.ts';
import type { TapeEntry } from './tape.ts';
import type { DataType, Shape, Tensor } from './tensor.ts';

export interface Graph {
  readonly nodes: NodeDef[];
  readonly signatures: Map<string, Signature>;
  readonly tape: TapeEntry[];
  /** How often a name was asked for; the second `Relu` becomes `Relu_1`. */
  readonly usedNames: Map<string, number>;
  /** Goes before the names of new nodes, e.g. `train/`. */
  scope: string;
}

export interface NodeSpec {
  op: string;
  /** Default: the op's own name. */
  name?: string;
  inputs?: Tensor[];
  /** Names of nodes that must have run before this one, beyond those it reads. */
  after?: string[];
  attributes?: Record<string, Attribute>;
}

export const createGraph = (): Graph => ({
  nodes: [],
  signatures: new Map(),
  tape: [],
  usedNames: new Map(),
  scope: '',
});

/** Adds one node and gives its name. */
export function addNode(graph: Graph, { op, name = op, inputs = [], after = [], attributes = {} }: NodeSpec): string {
  const wanted = graph.scope + name;
  const used = graph.usedNames.get(wanted) ?? 0;
  graph.usedNames.set(wanted, used + 1);
  const unique = used === 0 ? wanted : `${wanted}_${used}`;
  const data = inputs.map(({ node, output }) => (output === 0 ? node : `${node}:${output}`));
  graph.nodes.push({ name: unique, op, inputs: [...data, ...new Set(after.map((node) => `^${node}`))], attributes });
  return unique;
}

/** Adds a node with one output. */
export function addTensor<Type extends DataType>(graph: Graph, spec: NodeSpec, type: Type, shape: Shape): Tensor<Type> {
  return outputOf(addNode(graph, spec), 0, type, shape);
}

export function outputOf<Type extends DataType>(node: string, output: number, type: Type, shape: Shape): Tensor<Type> {
  return { node, output, type, shape };
}

/** Names of all nodes made by `write` start with `name/`. */
export function withScope<T>(graph: Graph, name: string, write: () => T): T {
  const outer = graph.scope;
  graph.scope = `${outer}${name}/`;
  try {
    return write();
  } finally {
    graph.scope = outer;
  }
}

/** Names inputs and outputs that TensorFlow.js can call together. */
export function addSignature(graph: Graph, name: string, signature: Signature): void {
  graph.signatures.set(name, signature);
}

/** The bytes of `saved_model.pb`. */
export const serialise = (graph: Graph): Uint8Array => encodeSavedModel(graph.nodes, graph.signatures);

/** The same without its nodes: what callers of a loaded graph need to know. */
export const serialiseSignatures = (graph: Graph): Uint8Array => encodeSavedModel([], graph.signatures);
