// The messages of a TensorFlow SavedModel, from node to file. Field numbers: tensorflow/core/protobuf/saved_model.proto,
// meta_graph.proto and tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape,types}.proto.

import { bytesField, concatenate, floatField, integerField, mapField, packedField } from './protobuf.ts';
import type { DataType, Shape, Tensor } from './tensor.ts';

const TYPE_NUMBERS: Record<DataType, number> = { float32: 1, int32: 3, uint8: 4, bool: 10, resource: 20 };

/** The version of graph semantics the nodes are written for. 0, the default, would mean those of 2015. */
const GRAPH_PRODUCER = 1286;
const SAVED_MODEL_SCHEMA = 1;
export const SAVED_MODEL_TAG = 'serve';

export interface Constant {
  type: 'float32' | 'int32';
  shape: Shape;
  values: readonly number[];
}

export type Attribute =
  | { type: DataType }
  | { int: number }
  | { float: number }
  | { bool: boolean }
  | { text: string }
  | { shape: Shape }
  | { ints: readonly number[] }
  | { constant: Constant };

export interface NodeDef {
  name: string;
  op: string;
  /** `node`, `node:1` for data, `^node` for nodes that must have run before. */
  inputs: string[];
  attributes: Record<string, Attribute>;
}

export interface Signature {
  inputs: Record<string, Tensor>;
  outputs: Record<string, Tensor>;
}

/** The bytes of `saved_model.pb`. Equal graphs give equal bytes. */
export function encodeSavedModel(nodes: NodeDef[], signatures: Map<string, Signature>): Uint8Array {
  const graph = concatenate([
    ...nodes.map((node) => bytesField(1, encodeNode(node))),
    bytesField(4, integerField(1, GRAPH_PRODUCER)),
  ]);
  const metaGraph = concatenate([
    bytesField(1, bytesField(4, SAVED_MODEL_TAG)),
    bytesField(2, graph),
    mapField(5, signatures, encodeSignature),
  ]);
  return concatenate([integerField(1, SAVED_MODEL_SCHEMA), bytesField(2, metaGraph)]);
}

const encodeNode = ({ name, op, inputs, attributes }: NodeDef): Uint8Array =>
  concatenate([
    bytesField(1, name),
    bytesField(2, op),
    ...inputs.map((input) => bytesField(3, input)),
    mapField(5, Object.entries(attributes), encodeAttribute),
  ]);

const encodeSignature = ({ inputs, outputs }: Signature): Uint8Array =>
  concatenate([
    mapField(1, Object.entries(inputs), encodeTensorInfo),
    mapField(2, Object.entries(outputs), encodeTensorInfo),
    bytesField(3, 'tensorflow/serving/predict'),
  ]);

const encodeTensorInfo = ({ node, output, type, shape }: Tensor): Uint8Array =>
  concatenate([
    bytesField(1, `${node}:${output}`),
    integerField(2, TYPE_NUMBERS[type]),
    bytesField(3, encodeShape(shape)),
  ]);

// Zero values are written out: the value is a oneof, where a missing field means "no value" rather than zero.
function encodeAttribute(attribute: Attribute): Uint8Array {
  if ('type' in attribute) return integerField(6, TYPE_NUMBERS[attribute.type]);
  if ('int' in attribute) return integerField(3, attribute.int);
  if ('float' in attribute) return floatField(4, attribute.float);
  if ('bool' in attribute) return integerField(5, attribute.bool ? 1 : 0);
  if ('text' in attribute) return bytesField(2, attribute.text);
  if ('shape' in attribute) return bytesField(7, encodeShape(attribute.shape));
  if ('ints' in attribute) return bytesField(1, packedField(3, attribute.ints));
  return bytesField(8, encodeConstant(attribute.constant));
}

// A side of 0 and an empty content are the defaults of their fields, and left out as TensorFlow's own writer does.
const encodeShape = (shape: Shape): Uint8Array =>
  concatenate(shape.map((side) => bytesField(2, side === 0 ? new Uint8Array() : integerField(1, side))));

function encodeConstant({ type, shape, values }: Constant): Uint8Array {
  const content = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) =>
    type === 'float32' ? content.setFloat32(i * 4, value, true) : content.setInt32(i * 4, value, true),
  );
  return concatenate([
    integerField(1, TYPE_NUMBERS[type]),
    bytesField(2, encodeShape(shape)),
    values.length === 0 ? new Uint8Array() : bytesField(4, new Uint8Array(content.buffer)),
  ]);
}
