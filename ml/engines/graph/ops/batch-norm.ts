import { addNode, outputOf, type Graph } from '../graph.ts';
import { record } from '../tape.ts';
import { imageSides, type FloatTensor } from '../tensor.ts';
import { constant } from './basics.ts';

const types = { T: { type: 'float32' }, U: { type: 'float32' } } as const;

export interface BatchNormOptions {
  /** Added to the variance. */
  epsilon: number;
  /** [channels] */
  gamma: FloatTensor;
  /** [channels] */
  beta: FloatTensor;
}

/**
 * Normalises each channel by the mean and variance of this batch, then scales by gamma and shifts by beta.
 * @param x [batch, height, width, channels]
 * @returns y like x, and the batch's mean and variance [channels]; the variance is Bessel-corrected (n / (n − 1)), as
 *   TensorFlow's fused op gives it and as Keras averages it
 */
export function batchNorm(
  graph: Graph,
  x: FloatTensor,
  { epsilon, gamma, beta }: BatchNormOptions,
): { y: FloatTensor; mean: FloatTensor; variance: FloatTensor } {
  const [, , , channels] = imageSides(x);
  const none = constant(graph, 'float32', [0], []);
  const attributes = { ...types, epsilon: { float: epsilon }, is_training: { bool: true } };
  const node = addNode(graph, { op: 'FusedBatchNormV3', inputs: [x, gamma, beta, none, none], attributes });
  const y = outputOf(node, 0, 'float32', x.shape);
  // Outputs 3 to 5 are what the forward pass keeps for the backward pass; their meaning is TensorFlow's own.
  const kept = [3, 4, 5].map((output) => outputOf(node, output, 'float32', [channels]));
  record(graph, {
    inputs: [x, gamma, beta],
    outputs: [y],
    backward: ([dy]) => {
      const back = addNode(graph, { op: 'FusedBatchNormGradV3', inputs: [dy!, x, gamma, ...kept], attributes });
      return [x.shape, [channels], [channels]].map((shape, i) => outputOf(back, i, 'float32', shape));
    },
  });
  return {
    y,
    mean: outputOf(node, 1, 'float32', [channels]),
    variance: outputOf(node, 2, 'float32', [channels]),
  };
}

/** Normalises each channel by running statistics [channels]; no gradient: only for evaluation and serving. */
export function frozenBatchNorm(
  graph: Graph,
  x: FloatTensor,
  { epsilon, gamma, beta, mean, variance }: BatchNormOptions & { mean: FloatTensor; variance: FloatTensor },
): FloatTensor {
  const attributes = { ...types, epsilon: { float: epsilon }, is_training: { bool: false } };
  const node = addNode(graph, { op: 'FusedBatchNormV3', inputs: [x, gamma, beta, mean, variance], attributes });
  return outputOf(node, 0, 'float32', x.shape);
}
