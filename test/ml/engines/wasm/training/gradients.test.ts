import type { Tensor, Tensor4D, TensorInfo } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { crossEntropy } from '../../../../../ml/engines/wasm/training/loss.ts';
import { batchNorm, frozenBatchNorm } from '../../../../../ml/engines/wasm/training/ops/batch-norm.ts';
import { addBias } from '../../../../../ml/engines/wasm/training/ops/bias.ts';
import { conv } from '../../../../../ml/engines/wasm/training/ops/conv.ts';
import { matmul } from '../../../../../ml/engines/wasm/training/ops/dense.ts';
import { dropout } from '../../../../../ml/engines/wasm/training/ops/dropout.ts';
import type { OpResult } from '../../../../../ml/engines/wasm/training/ops/op.ts';
import { averagePool, maxPool } from '../../../../../ml/engines/wasm/training/ops/pool.ts';
import { relu } from '../../../../../ml/engines/wasm/training/ops/relu.ts';
import { inWorkspace, type Kernels, type Workspace } from '../../../../../ml/engines/wasm/training/workspace.ts';
import { sizeOf } from '../../../../../ml/model.ts';
import { createRandom } from '../../../../../ml/random.ts';
import { expectClose } from '../../close.ts';
import { openKernelsBesideCpu, tf } from './cpu-backend.ts';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await openKernelsBesideCpu();
});

const normals = (length: number, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random.normal());
};
const TOLERANCE = 2e-6;

interface Case {
  name: string;
  /** Shapes of what goes in, then of each weight. */
  shapes: number[][];
  /** Names of the weights' gradients. */
  weights?: string[];
  ours: (workspace: Workspace, x: TensorInfo, weights: Float32Array[]) => OpResult;
  theirs: (x: Tensor, ...weights: Tensor[]) => Tensor;
}

const image = [3, 8, 6, 2];
const EPSILON = 1e-3;
const convolution = (padding: 'same' | 'valid', shape: number[], kernel: number[]): Case => ({
  name: `conv ${kernel.join(' × ')}, ${padding} padding`,
  shapes: [shape, kernel],
  weights: ['kernel'],
  ours: (workspace, x, [values]) => conv(workspace, x, { values: values!, shape: kernel }, padding),
  theirs: (x, weights) => tf.conv2d(x as Tensor4D, weights as Tensor4D, 1, padding),
});

const cases: Case[] = [
  convolution('same', image, [3, 3, 2, 4]),
  convolution('valid', image, [3, 3, 2, 4]),
  convolution('same', [5, 6, 7, 1], [5, 5, 1, 9]),
  convolution('valid', [2, 9, 7, 5], [5, 5, 5, 3]),
  {
    name: 'maxPool, also where a window does not fit',
    shapes: [[3, 7, 6, 5]],
    ours: (workspace, x) => maxPool(workspace, x, 2),
    theirs: (x) => tf.maxPool(x as Tensor4D, 2, 2, 'valid'),
  },
  {
    name: 'averagePool, also where a window does not fit',
    shapes: [[3, 8, 7, 5]],
    ours: (workspace, x) => averagePool(workspace, x, 2),
    theirs: (x) => tf.avgPool(x as Tensor4D, 2, 2, 'valid'),
  },
  { name: 'relu', shapes: [image], ours: (workspace, x) => relu(workspace, x), theirs: (x) => tf.relu(x) },
  {
    name: 'batchNorm',
    shapes: [[9, 20, 20, 3], [3], [3]], // more than one block of rows
    weights: ['gamma', 'beta'],
    ours: (workspace, x, [gamma, beta]) => batchNorm(workspace, x, { epsilon: EPSILON, gamma: gamma!, beta: beta! }),
    theirs: (x, gamma, beta) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return x.sub(mean).div(variance.add(EPSILON).sqrt()).mul(gamma).add(beta);
    },
  },
  {
    name: 'dense',
    shapes: [
      [3, 5],
      [5, 4],
    ],
    weights: ['kernel'],
    ours: (workspace, x, [values]) => matmul(workspace, x, { values: values!, shape: [5, 4] }),
    theirs: (x, weights) => tf.matMul(x, weights),
  },
  {
    name: 'addBias',
    shapes: [image, [2]],
    weights: ['bias'],
    ours: (workspace, x, [bias]) => addBias(workspace, x, bias!),
    theirs: (x, bias) => x.add(bias),
  },
];

describe('the gradient of each op agrees with the plain cpu backend', () => {
  for (const { name, shapes, weights = [], ours, theirs } of cases) {
    it(name, () => {
      const values = shapes.map((shape, i) => normals(sizeOf(shape), i + 1));
      const expected = tf.tidy(() => {
        const inputs = shapes.map((shape, i) => tf.tensor(values[i]!, shape));
        const y = theirs(inputs[0]!, ...inputs.slice(1));
        const dy = tf.tensor(normals(y.size, 99), y.shape);
        const found = tf.grads((...all: Tensor[]) => theirs(all[0]!, ...all.slice(1)))(inputs, dy);
        return { shape: y.shape, all: [y, ...found].map((each) => each.dataSync<'float32'>()) };
      });
      inWorkspace(kernels, (workspace) => {
        const x = workspace.from(values[0]!, shapes[0]!);
        const { y, backward } = ours(workspace, x, values.slice(1));
        expect(y.shape).toEqual(expected.shape);
        const [expectedY, expectedInput, ...expectedWeights] = expected.all;
        expectClose(workspace.floats(y), expectedY!, TOLERANCE);
        const found = backward(workspace.from(normals(sizeOf(y.shape), 99), y.shape), true);
        expectClose(workspace.floats(found.input!), expectedInput!, TOLERANCE);
        weights.forEach((weight, i) => expectClose(found.weights![weight]!, expectedWeights[i]!, TOLERANCE));
      });
    });
  }

  it('cross entropy of smoothed labels', () => {
    const labels = Int32Array.of(1, 0, 3);
    const logits = normals(12, 4);
    const theirs = (x: Tensor) =>
      tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d(labels, 'int32'), 4).mul(0.9).add(0.025), x).asScalar();
    const { loss, gradient, correct } = crossEntropy(logits, labels, 0.1);
    const x = tf.tensor(logits, [3, 4]);
    expectClose([loss], theirs(x).dataSync(), TOLERANCE);
    expectClose(gradient, tf.grad(theirs)(x).dataSync(), TOLERANCE);
    const likeliest = x.argMax(1).dataSync();
    expect(correct).toBe(labels.filter((label, i) => likeliest[i] === label).length);
  });
});

it('frozen batch normalisation is what TensorFlow.js computes', () => {
  const [x, gamma, beta, mean] = [96 * 3, 2, 2, 2].map((size, i) => normals(size, i + 1)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const variance = Float32Array.of(0.5, 2);
  const expected = tf.batchNorm(tf.tensor(x, image), mean, variance, beta, gamma, EPSILON).dataSync();
  inWorkspace(kernels, (workspace) => {
    const options = { epsilon: EPSILON, gamma, beta, mean, variance };
    expectClose(workspace.floats(frozenBatchNorm(workspace, workspace.from(x, image), options)), expected, TOLERANCE);
  });
});

it('relu keeps a NaN of either sign, so that none is lost on its way to the loss', () => {
  inWorkspace(kernels, (workspace) => {
    const x = workspace.allocate([6]);
    workspace.bits(x).set([0x7fc00000, 0xffc00000 | 0, 0x3f800000, 0xbf800000 | 0, 0x7f800000, 0xff800000 | 0]);
    expect(Array.from(workspace.floats(relu(workspace, x).y))).toEqual([NaN, NaN, 1, 0, Infinity, 0]);
  });
});

describe('dropout', () => {
  const ones = new Float32Array(4_000).fill(1);
  const dropped = (...stream: number[]): { y: Float32Array; dx: Float32Array } =>
    inWorkspace(kernels, (workspace) => {
      const { y, backward } = dropout(workspace, workspace.from(ones, [4, 1_000]), 0.25, createRandom(1, ...stream));
      const { input } = backward(workspace.from(ones, [4, 1_000]), true);
      return { y: workspace.floats(y).slice(), dx: workspace.floats(input!).slice() };
    });

  it('drops its share, scales the rest, and lets gradients through where it let values through', () => {
    const { y, dx } = dropped(1, 2);
    const zeros = y.filter((value) => value === 0).length;
    expect(zeros / y.length).toBeGreaterThan(0.22);
    expect(zeros / y.length).toBeLessThan(0.28);
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(dx).toEqual(y);
  });

  it('depends on its stream only', () => {
    expect(dropped(1, 2).y).toEqual(dropped(1, 2).y);
    expect(dropped(1, 3).y).not.toEqual(dropped(1, 2).y);
  });
});
