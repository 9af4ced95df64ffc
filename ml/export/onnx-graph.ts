// Writes a chain of ONNX nodes, each reading what the one before it gave, as a ModelProto. It knows the format, not what
// the network is for. Names, order and numbers alone decide the bytes: no time, no version of ours.

import onnxProto, { type onnx as Onnx } from 'onnx-proto';
import { floatBytes, integerBytes } from './bytes.ts';

const { onnx } = onnxProto;

const IR_VERSION = 8;
const OPSET = 13;

/** The only operators written: every runtime we serve with, and most others, know them. */
export type OnnxOperator = 'Reshape' | 'AveragePool' | 'Conv' | 'Relu' | 'MaxPool' | 'Gemm' | 'Softmax';

export interface OnnxValue {
  name: string;
  /** A word stands for a side that differs from call to call. */
  shape: (number | string)[];
}

export interface GraphWriter {
  /** Adds a constant array of float32; gives back its name. @throws RangeError when the numbers don't fit the shape */
  floats(name: string, shape: number[], values: Float32Array): string;
  /** Adds a constant shape for Reshape; gives back its name. */
  shape(name: string, sides: number[]): string;
  /** Adds a node that reads the chain and then `constants`. */
  node(
    operator: OnnxOperator,
    constants: string[],
    attributes?: Record<string, number | number[]>,
    output?: string,
  ): void;
  finish(ending: { output: OnnxValue; metadata: Record<string, string> }): Uint8Array;
}

export function createGraphWriter(input: OnnxValue): GraphWriter {
  const nodes: Onnx.INodeProto[] = [];
  const constants: Onnx.ITensorProto[] = [];
  let chain = input.name;
  return {
    floats(name, shape, values) {
      const size = shape.reduce((product, side) => product * side, 1);
      if (size !== values.length) throw new RangeError(`'${name}': expected ${size} numbers, got ${values.length}`);
      constants.push({ name, dims: shape, dataType: onnx.TensorProto.DataType.FLOAT, rawData: floatBytes(values) });
      return name;
    },
    shape(name, sides) {
      constants.push({
        name,
        dims: [sides.length],
        dataType: onnx.TensorProto.DataType.INT64,
        rawData: integerBytes(sides),
      });
      return name;
    },
    node(operator, constantNames, attributes = {}, output = `${operator}${nodes.length}`) {
      nodes.push({
        name: `${operator}${nodes.length}`,
        opType: operator,
        input: [chain, ...constantNames],
        output: [output],
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      });
      chain = output;
    },
    finish({ output, metadata }) {
      const model = {
        irVersion: IR_VERSION,
        opsetImport: [{ domain: '', version: OPSET }],
        producerName: 'digitflow',
        graph: {
          name: 'digitflow',
          node: nodes,
          initializer: constants,
          input: [valueInfo(input)],
          output: [valueInfo(output)],
        },
        metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      };
      return Uint8Array.from(onnx.ModelProto.encode(model).finish());
    },
  };
}

function attribute(name: string, value: number | number[]): Onnx.IAttributeProto {
  const { INT, INTS } = onnx.AttributeProto.AttributeType;
  return typeof value === 'number' ? { name, type: INT, i: value } : { name, type: INTS, ints: value };
}

function valueInfo({ name, shape }: OnnxValue): Onnx.IValueInfoProto {
  const dim = shape.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: { elemType: onnx.TensorProto.DataType.FLOAT, shape: { dim } } } };
}
