import { addNode, addTensor, outputOf, type Graph, type NodeSpec } from '../graph.ts';
import { record } from '../tape.ts';
import { matrixSides, type DataType, type FloatTensor, type IntTensor, type Tensor } from '../tensor.ts';
import { cast, divide, floatScalar, intScalar, intVector, multiply } from './basics.ts';

/**
 * Label distributions [batch, classCount]: 1 − smoothing + smoothing / classCount at the label, smoothing / classCount
 * elsewhere. Source: Szegedy and others, "Rethinking the Inception architecture", 2016.
 */
export function smoothedLabels(graph: Graph, labels: IntTensor, classCount: number, smoothing: number): FloatTensor {
  const share = smoothing / classCount;
  const inputs = [
    labels,
    intScalar(graph, classCount),
    floatScalar(graph, 1 - smoothing + share),
    floatScalar(graph, share),
  ];
  const attributes = { T: { type: 'float32' }, TI: { type: 'int32' }, axis: { int: -1 } } as const;
  return addTensor(graph, { op: 'OneHot', inputs, attributes }, 'float32', [...labels.shape, classCount]);
}

/** Mean over the batch of the cross entropy of softmax(logits) against label distributions, both [batch, classes]. */
export function meanCrossEntropy(graph: Graph, logits: FloatTensor, distributions: FloatTensor): FloatTensor {
  const [batch] = matrixSides(logits);
  const attributes = { T: { type: 'float32' } } as const;
  const node = addNode(graph, { op: 'SoftmaxCrossEntropyWithLogits', inputs: [logits, distributions], attributes });
  const losses = outputOf(node, 0, 'float32', [batch]);
  const difference = outputOf(node, 1, 'float32', logits.shape); // softmax − distribution: the gradient of one loss
  const mean = reduceVector(graph, 'Mean', losses);
  record(graph, {
    inputs: [logits],
    outputs: [mean],
    backward: ([dy]) => [
      multiply(graph, difference, divide(graph, dy!, cast(graph, lengthOf(graph, losses), 'float32'))),
    ],
  });
  return mean;
}

/** How many rows of logits [batch, classes] have their largest value at the label [batch]; the first of equals counts. */
export function countCorrect(graph: Graph, logits: FloatTensor, labels: IntTensor): IntTensor {
  const float = { type: 'float32' } as const;
  const int = { type: 'int32' } as const;
  const argMax: NodeSpec = {
    op: 'ArgMax',
    inputs: [logits, intScalar(graph, 1)],
    attributes: { T: float, Tidx: int, output_type: int },
  };
  const predicted = addTensor(graph, argMax, 'int32', labels.shape);
  const equal: NodeSpec = { op: 'Equal', inputs: [predicted, labels], attributes: { T: int } };
  return reduceVector(graph, 'Sum', cast(graph, addTensor(graph, equal, 'bool', labels.shape), 'int32'));
}

function lengthOf(graph: Graph, vector: FloatTensor): IntTensor {
  const attributes = { T: { type: 'float32' }, out_type: { type: 'int32' } } as const;
  return addTensor(graph, { op: 'Size', inputs: [vector], attributes }, 'int32', []);
}

function reduceVector<Type extends DataType>(graph: Graph, op: 'Mean' | 'Sum', x: Tensor<Type>): Tensor<Type> {
  const attributes = { T: { type: x.type }, Tidx: { type: 'int32' } } as const;
  return addTensor(graph, { op, inputs: [x, intVector(graph, [0])], attributes }, x.type, []);
}
