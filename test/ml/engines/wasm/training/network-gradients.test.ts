import type { Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { initialWeights } from '../../../../../ml/engines/initial-weights.ts';
import { crossEntropy } from '../../../../../ml/engines/wasm/training/loss.ts';
import { runNetwork } from '../../../../../ml/engines/wasm/training/network.ts';
import { inWorkspace, type Kernels } from '../../../../../ml/engines/wasm/training/workspace.ts';
import { BATCH_NORM_EPSILON, networks, parametersOf, weightsFromVector, type Layer } from '../../../../../ml/model.ts';
import { createRandom } from '../../../../../ml/random.ts';
import { expectClose } from '../../close.ts';
import { someBatch } from '../../some-batch.ts';
import { openKernelsBesideCpu, tf } from './cpu-backend.ts';

const BATCH = 2;
const CLASSES = 11;
const SMOOTHING = 0.1;

let kernels: Kernels;
beforeAll(async () => {
  kernels = await openKernelsBesideCpu();
});

/** The layers of the reference network, with a tenth of its filters: the cpu backend takes minutes for all of them. */
const likeReference: Layer[] = networks.reference
  .filter(({ kind }) => kind !== 'dropout')
  .map((layer) => {
    if (layer.kind === 'conv') return { ...layer, filters: layer.filters / 10 };
    return layer.kind === 'dense' && layer.units !== 'classes' ? { ...layer, units: 50 } : layer;
  });

function theirLogits(layers: Layer[], weights: Map<string, Tensor>, images: Tensor): Tensor {
  const of = (name: string): Tensor => weights.get(name)!;
  const apply = (x: Tensor, layer: Layer): Tensor => {
    if (layer.kind === 'conv') {
      const y = tf.conv2d(x as Tensor4D, of(`${layer.name}/kernel`) as Tensor4D, 1, layer.padding);
      return layer.bias ? y.add(of(`${layer.name}/bias`)) : y;
    }
    if (layer.kind === 'batchNorm') {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      const normal = x.sub(mean).div(variance.add(BATCH_NORM_EPSILON).sqrt());
      return normal.mul(of(`${layer.name}/gamma`)).add(of(`${layer.name}/beta`));
    }
    if (layer.kind === 'dense')
      return tf.matMul(x as Tensor2D, of(`${layer.name}/kernel`) as Tensor2D).add(of(`${layer.name}/bias`));
    if (layer.kind === 'averagePool') return tf.avgPool(x as Tensor4D, layer.size, layer.size, 'valid');
    if (layer.kind === 'maxPool') return tf.maxPool(x as Tensor4D, layer.size, layer.size, 'valid');
    if (layer.kind === 'flatten') return x.reshape([x.shape[0], -1]);
    return layer.kind === 'relu' ? tf.relu(x) : x;
  };
  return layers.reduce(apply, images);
}

for (const [name, layers] of [
  ['compact', networks.compact],
  ['reference, with fewer filters', likeReference],
] as const) {
  it(`all gradients of a whole network agree with the plain cpu backend (${name})`, () => {
    const parameters = parametersOf(layers, CLASSES);
    const weights = weightsFromVector(parameters, initialWeights(parameters, 5));
    const random = createRandom(7);
    // Biases of zero would leave whole patches of a picture exactly at the corner of a ReLU.
    for (const { kind, name: each } of parameters)
      if (kind === 'gain') weights.get(each)!.forEach((_, i, values) => (values[i]! += 0.1 * random.normal()));
    const trained = parameters.filter(({ kind }) => kind !== 'statistic');
    const { images, labels } = someBatch(BATCH, 2, CLASSES);
    const pixels = Float32Array.from(images, (value) => value / 255);

    const variables = new Map<string, Variable>(
      trained.map(({ name: each, shape }) => [each, tf.variable(tf.tensor(weights.get(each)!, shape), true, each)]),
    );
    const expected = tf.variableGrads(() => {
      const distributions = tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES).mul(1 - SMOOTHING);
      const logits = theirLogits(layers, variables, tf.tensor4d(pixels, [BATCH, 32, 32, 1]));
      return tf.losses.softmaxCrossEntropy(distributions.add(SMOOTHING / CLASSES), logits).asScalar();
    }, [...variables.values()]);

    inWorkspace(kernels, (workspace) => {
      const mode = { kind: 'training', maskOf: () => random } as const;
      const input = { parameters, weights, images: workspace.from(pixels, [BATCH, 32, 32, 1]), mode };
      const pass = runNetwork(workspace, layers, input);
      const { loss, gradient } = crossEntropy(workspace.floats(pass.logits), labels, SMOOTHING);
      expectClose([loss], expected.value.dataSync(), 1e-6);
      const found = pass.backward(workspace.from(gradient, pass.logits.shape));
      expect([...found.keys()].toSorted()).toEqual(trained.map(({ name: each }) => each).toSorted());
      for (const { name: each } of trained) expectClose(found.get(each)!, expected.grads[each]!.dataSync(), 1e-5);
    });
    tf.disposeVariables();
  });
}
