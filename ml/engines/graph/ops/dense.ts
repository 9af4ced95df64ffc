import { addTensor, type Graph } from '../graph.ts';
import { record } from '../tape.ts';
import { expectEqualSides, matrixSides, type FloatTensor } from '../tensor.ts';

const float = { T: { type: 'float32' } } as const;

/** Matrix product of a [rows, n] and b [n, columns]: [rows, columns]. */
export function matmul(graph: Graph, a: FloatTensor, b: FloatTensor): FloatTensor {
  const [rows, inner] = matrixSides(a);
  const [innerOfB, columns] = matrixSides(b);
  expectEqualSides('columns', innerOfB, a, inner);
  const product = (left: FloatTensor, right: FloatTensor, transposed: 'none' | 'left' | 'right', shape: number[]) => {
    const attributes = {
      ...float,
      transpose_a: { bool: transposed === 'left' },
      transpose_b: { bool: transposed === 'right' },
    };
    return addTensor(graph, { op: 'MatMul', inputs: [left, right], attributes }, 'float32', shape);
  };
  const y = product(a, b, 'none', [rows, columns]);
  record(graph, {
    inputs: [a, b],
    outputs: [y],
    backward: ([dy], isNeeded) => [
      isNeeded(0) ? product(dy!, b, 'right', [rows, inner]) : undefined,
      isNeeded(1) ? product(a, dy!, 'left', [inner, columns]) : undefined,
    ],
  });
  return y;
}

/** Adds bias [channels] to the last side of x. */
export function addBias(graph: Graph, x: FloatTensor, bias: FloatTensor): FloatTensor {
  expectEqualSides('channels', bias.shape[0] ?? 0, x, x.shape.at(-1) ?? 0);
  const y = addTensor(graph, { op: 'BiasAdd', inputs: [x, bias], attributes: float }, 'float32', x.shape);
  record(graph, {
    inputs: [x, bias],
    outputs: [y],
    backward: ([dy]) => [
      dy,
      addTensor(graph, { op: 'BiasAddGrad', inputs: [dy!], attributes: float }, 'float32', bias.shape),
    ],
  });
  return y;
}
