// What an ONNX file may hold: the operators that our export writes, numbers, names. No functions, no nested graphs, no
// custom domains, no data in other files. Anything the list does not know is refused, not skipped.

import { ForbiddenModel } from './errors.ts';
import { fieldsOf, MalformedMessage } from './protobuf-fields.ts';

const OPERATORS: ReadonlySet<string> = new Set([
  'Reshape',
  'AveragePool',
  'Conv',
  'Relu',
  'MaxPool',
  'Gemm',
  'Softmax',
]);
/** Both name the operators of the standard itself. */
const STANDARD_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx']);

/** What a field may hold: anything, a text that passes, or a message. */
type Allowed = 'anything' | ((text: string) => string | undefined) | Message;
interface Message {
  name: string;
  fields: Record<number, Allowed>;
}

const domain = (text: string): string | undefined =>
  STANDARD_DOMAINS.has(text) ? undefined : `the operator domain ${JSON.stringify(text)}`;
const operator = (text: string): string | undefined =>
  OPERATORS.has(text) ? undefined : `the operator ${JSON.stringify(text)}`;

// Field numbers of onnx.proto3, IR version 8.
const tensor: Message = {
  name: 'TensorProto', // without external_data (13) and data_location (14): those read other files
  fields: { 1: 'anything', 2: 'anything', 4: 'anything', 7: 'anything', 8: 'anything', 9: 'anything', 12: 'anything' },
};
const attribute: Message = {
  name: 'AttributeProto', // f, i, s, floats, ints; no tensors (5, 10), no graphs (6, 11)
  fields: { 1: 'anything', 2: 'anything', 3: 'anything', 4: 'anything', 7: 'anything', 8: 'anything', 20: 'anything' },
};
const node: Message = {
  name: 'NodeProto',
  fields: { 1: 'anything', 2: 'anything', 3: 'anything', 4: operator, 5: attribute, 6: 'anything', 7: domain },
};
const graph: Message = {
  name: 'GraphProto',
  fields: { 1: node, 2: 'anything', 5: tensor, 10: 'anything', 11: 'anything', 12: 'anything', 13: 'anything' },
};
const operatorSet: Message = { name: 'OperatorSetIdProto', fields: { 1: domain, 2: 'anything' } };
const model: Message = {
  name: 'ModelProto', // no training_info (20), no functions (25)
  fields: {
    1: 'anything',
    2: 'anything',
    3: 'anything',
    4: 'anything',
    5: 'anything',
    6: 'anything',
    7: graph,
    8: operatorSet,
    14: 'anything',
  },
};

/** @throws ForbiddenModel */
export function checkOnnx(bytes: Uint8Array): void {
  try {
    checkMessage(model, bytes);
  } catch (cause) {
    if (!(cause instanceof MalformedMessage)) throw cause;
    throw new ForbiddenModel(`model.onnx: ${cause.message}`, { cause });
  }
}

function checkMessage({ name, fields }: Message, bytes: Uint8Array): void {
  for (const { number, content } of fieldsOf(bytes)) {
    const allowed = fields[number];
    if (allowed === undefined)
      throw new ForbiddenModel(`model.onnx: expected no field ${number} in a ${name}, got one`);
    if (allowed === 'anything') continue;
    if (content === undefined) throw new ForbiddenModel(`model.onnx: field ${number} of a ${name} has another type`);
    if (typeof allowed === 'object') checkMessage(allowed, content);
    else {
      const got = allowed(Buffer.from(content).toString('utf8'));
      if (got !== undefined) throw new ForbiddenModel(`model.onnx: expected operators of the allow-list, got ${got}`);
    }
  }
}
