// Words of the graph builder: what flows between nodes. Nothing here has a value; values exist when TensorFlow runs.

export type DataType = 'float32' | 'int32' | 'uint8' | 'bool' | 'resource';

/** Side lengths; −1 is the batch, known only when a graph is fed. */
export type Shape = readonly number[];

/** One output of a node. */
export interface Tensor<Type extends DataType = DataType> {
  node: string;
  /** Which of the node's outputs, from 0. */
  output: number;
  type: Type;
  shape: Shape;
}

export type FloatTensor = Tensor<'float32'>;
export type IntTensor = Tensor<'int32'>;

/** Thrown when ops are put together whose shapes don't fit. A mistake in a network's layer list; never worth a retry. */
export class InvalidGraph extends Error {
  override readonly name = 'InvalidGraph';
}

export const elementCount = (shape: Shape): number => shape.reduce((product, side) => product * side, 1);

/** The four sides [batch, height, width, channels] of an image tensor. @throws InvalidGraph for another rank */
export function imageSides(tensor: Tensor): [batch: number, height: number, width: number, channels: number] {
  const [batch, height, width, channels] = tensor.shape;
  if (tensor.shape.length !== 4) throw new InvalidGraph(`${describe(tensor)}: expected four sides`);
  return [batch!, height!, width!, channels!];
}

/** The two sides [rows, columns] of a matrix. @throws InvalidGraph for another rank */
export function matrixSides(tensor: Tensor): [rows: number, columns: number] {
  const [rows, columns] = tensor.shape;
  if (tensor.shape.length !== 2) throw new InvalidGraph(`${describe(tensor)}: expected two sides`);
  return [rows!, columns!];
}

/** @throws InvalidGraph when the two sides differ */
export function expectEqualSides(what: string, expected: number, tensor: Tensor, got: number): void {
  if (expected !== got) throw new InvalidGraph(`${describe(tensor)}: expected ${expected} ${what}, got ${got}`);
}

const describe = (tensor: Tensor): string => `${tensor.node} [${tensor.shape.join(', ')}]`;
