import { loadReferenceTensorFlow } from '../reference-tensorflow.ts';
import type { Tensor as Value, Tensor4D, Tensor2D } from '@tensorflow/tfjs-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { addSignature, createGraph, serialise, type Graph } from '../../../../ml/engines/graph/graph.ts';
import { floatScalar, identityAfter, intVector, placeholder } from '../../../../ml/engines/graph/ops/basics.ts';
import { batchNorm } from '../../../../ml/engines/graph/ops/batch-norm.ts';
import { conv } from '../../../../ml/engines/graph/ops/conv.ts';
import { addBias, matmul } from '../../../../ml/engines/graph/ops/dense.ts';
import { dropout } from '../../../../ml/engines/graph/ops/dropout.ts';
import { meanCrossEntropy, smoothedLabels } from '../../../../ml/engines/graph/ops/loss.ts';
import { averagePool, maxPool } from '../../../../ml/engines/graph/ops/pool.ts';
import { relu } from '../../../../ml/engines/graph/ops/relu.ts';
import { reshape } from '../../../../ml/engines/graph/ops/reshape.ts';
import { openSession, type Feed } from '../../../../ml/engines/graph/session.ts';
import { gradients } from '../../../../ml/engines/graph/tape.ts';
import type { TensorFlow } from '../../../../ml/engines/graph/tensorflow.ts';
import { InvalidGraph, type FloatTensor } from '../../../../ml/engines/graph/tensor.ts';
import { createRandom } from '../../../../ml/random.ts';
import { expectClose } from '../close.ts';
import { engineHost } from '../../../../activities/trainer/child/open.ts';

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadReferenceTensorFlow();
});

interface Case {
  name: string;
  /** Shapes of the inputs; a first side of 3 is fed through a batch of unknown size. */
  shapes: number[][];
  write: (graph: Graph, inputs: FloatTensor[]) => FloatTensor;
  reference: (inputs: Value[]) => Value;
}

const normals = (length: number, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random.normal());
};
const sizeOf = (shape: number[]): number => shape.reduce((product, side) => product * side, 1);

const image = [3, 8, 6, 2];
const EPSILON = 1e-3;
const LABELS = [1, 0, 3];

const cases: Case[] = [
  ...(['same', 'valid'] as const).map((padding) => ({
    name: `conv, ${padding} padding`,
    shapes: [image, [3, 3, 2, 4]],
    write: (graph: Graph, [x, kernel]: FloatTensor[]) => conv(graph, x!, kernel!, padding),
    reference: ([x, kernel]: Value[]) => tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, padding),
  })),
  {
    name: 'maxPool',
    shapes: [image],
    write: (graph, [x]) => maxPool(graph, x!, 2),
    reference: ([x]) => tf.maxPool(x as Tensor4D, 2, 2, 'valid'),
  },
  {
    name: 'averagePool',
    shapes: [image],
    write: (graph, [x]) => averagePool(graph, x!, 2),
    reference: ([x]) => tf.avgPool(x as Tensor4D, 2, 2, 'valid'),
  },
  { name: 'relu', shapes: [image], write: (graph, [x]) => relu(graph, x!), reference: ([x]) => tf.relu(x!) },
  {
    name: 'batchNorm',
    shapes: [image, [2], [2]],
    write: (graph, [x, gamma, beta]) => batchNorm(graph, x!, { epsilon: EPSILON, gamma: gamma!, beta: beta! }).y,
    reference: ([x, gamma, beta]) => {
      const { mean, variance } = tf.moments(x!, [0, 1, 2]);
      return x!.sub(mean).div(variance.add(EPSILON).sqrt()).mul(gamma!).add(beta!);
    },
  },
  {
    name: 'matmul',
    shapes: [
      [3, 5],
      [5, 4],
    ],
    write: (graph, [a, b]) => matmul(graph, a!, b!),
    reference: ([a, b]) => tf.matMul(a as Tensor2D, b as Tensor2D),
  },
  {
    name: 'addBias',
    shapes: [image, [2]],
    write: (graph, [x, bias]) => addBias(graph, x!, bias!),
    reference: ([x, bias]) => x!.add(bias!),
  },
  {
    name: 'reshape',
    shapes: [image],
    write: (graph, [x]) => reshape(graph, x!, [-1, 96]),
    reference: ([x]) => x!.reshape([3, 96]),
  },
  {
    name: 'meanCrossEntropy',
    shapes: [[3, 4]],
    write: (graph, [logits]) =>
      meanCrossEntropy(graph, logits!, smoothedLabels(graph, intVector(graph, LABELS), 4, 0.1)),
    reference: ([logits]) => tf.losses.softmaxCrossEntropy(tf.oneHot(LABELS, 4).mul(0.9).add(0.025), logits!),
  },
  {
    name: 'two uses of one tensor',
    shapes: [
      [3, 5],
      [5, 5],
    ],
    write: (graph, [x, b]) => matmul(graph, relu(graph, matmul(graph, x!, b!)), b!),
    reference: ([x, b]) => tf.matMul(tf.relu(tf.matMul(x as Tensor2D, b as Tensor2D)), b as Tensor2D),
  },
];

/** Runs a graph whose inputs, and the gradient of its output, are fed. */
async function run(
  write: (graph: Graph, inputs: FloatTensor[]) => FloatTensor,
  feeds: Feed[],
): Promise<{ y: Float32Array; gradients: Float32Array[] }> {
  const graph = createGraph();
  const inputs = feeds.map(({ shape }, i) =>
    placeholder(graph, `x${i}`, 'float32', i === 0 ? [-1, ...shape.slice(1)] : shape),
  );
  const y = write(graph, inputs);
  const dy = placeholder(graph, 'dy', 'float32', y.shape);
  const found = gradients(graph, { output: y, outputGradient: dy, targets: inputs });
  const outputs = Object.fromEntries([
    ['y', y],
    ...found.map((each, i) => [`gradient${i}`, identityAfter(graph, each, `gradient${i}`, [])]),
  ]);
  const named = Object.fromEntries(inputs.map((input, i) => [`x${i}`, input]));
  addSignature(graph, 'forward', { inputs: named, outputs: { y } });
  addSignature(graph, 'backward', { inputs: { ...named, dy }, outputs });
  const session = await engineHost.withModelFolder(serialise(graph), (folder) =>
    openSession(tf, folder, ['forward', 'backward']),
  );
  const fed = Object.fromEntries(feeds.map((feed, i) => [`x${i}`, feed]));
  const forward = session.run('forward', fed)['y'] as Float32Array;
  const shape = y.shape.map((side) => (side === -1 ? feeds[0]!.shape[0]! : side));
  const values = session.run('backward', { ...fed, dy: { values: normals(forward.length, 99), shape } });
  session.dispose();
  return { y: forward, gradients: found.map((_, i) => values[`gradient${i}`] as Float32Array) };
}

describe('the gradient of each op agrees with TensorFlow.js', () => {
  for (const { name, shapes, write, reference } of cases) {
    it(name, async () => {
      const feeds = shapes.map((shape, i) => ({ values: normals(sizeOf(shape), i + 1), shape }));
      const got = await run(write, feeds);
      const [y, ...expected] = tf.tidy(() => {
        const inputs = feeds.map(({ values, shape }) => tf.tensor(values, shape));
        const output = reference(inputs);
        const dy = tf.tensor(normals(output.size, 99), output.shape);
        return [output, ...tf.grads((...xs: Value[]) => reference(xs))(inputs, dy)].map((t) => t.dataSync<'float32'>());
      });
      expectClose(got.y, y!, 5e-6);
      expected.forEach((gradient, i) => expectClose(got.gradients[i]!, gradient, 5e-6));
    });
  }
});

describe('dropout', () => {
  const feed = { values: new Float32Array(4_000).fill(1), shape: [4, 1_000] };
  const dropped = (seed: number[]): ReturnType<typeof run> =>
    run((graph, [x]) => dropout(graph, x!, 0.25, intVector(graph, seed)), [feed]);

  it('drops its share and scales the rest', async () => {
    const { y } = await dropped([1, 2]);
    const zeros = y.filter((value) => value === 0).length;
    expect(zeros / y.length).toBeGreaterThan(0.22);
    expect(zeros / y.length).toBeLessThan(0.28);
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  });

  it('lets gradients through where it let values through', async () => {
    const { y, gradients: found } = await dropped([1, 2]);
    const dy = normals(y.length, 99);
    expectClose(
      found[0]!,
      y.map((value, i) => value * dy[i]!),
      5e-6,
    );
  });

  it('depends on its seed only', async () => {
    const [first, again, other] = await Promise.all([dropped([1, 2]), dropped([1, 2]), dropped([1, 3])]);
    expect(again.y).toEqual(first.y);
    expect(other.y).not.toEqual(first.y);
  });
});

describe('a graph', () => {
  it('refuses shapes that do not fit', () => {
    const graph = createGraph();
    const x = placeholder(graph, 'x', 'float32', [-1, 8, 8, 2]);
    expect(() => conv(graph, x, placeholder(graph, 'k', 'float32', [3, 3, 5, 1]), 'same')).toThrow(InvalidGraph);
    expect(() => matmul(graph, x, x)).toThrow(/expected two sides/);
    expect(() => addBias(graph, x, placeholder(graph, 'b', 'float32', [3]))).toThrow(/expected 3 channels, got 2/);
  });

  it('refuses the gradient of what does not matter', () => {
    const graph = createGraph();
    const x = placeholder(graph, 'x', 'float32', [2]);
    const other = placeholder(graph, 'other', 'float32', [2]);
    const request = { output: relu(graph, x), outputGradient: floatScalar(graph, 1), targets: [other] };
    expect(() => gradients(graph, request)).toThrow(/does not depend on other/);
  });
});
