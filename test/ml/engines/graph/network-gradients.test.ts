import { loadReferenceTensorFlow } from '../reference-tensorflow.ts';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node';
import { beforeAll, expect, it } from 'vitest';
import { addSignature, createGraph, serialise } from '../../../../ml/engines/graph/graph.ts';
import { writeNetwork } from '../../../../ml/engines/graph/network.ts';
import { floatScalar, identityAfter, placeholder } from '../../../../ml/engines/graph/ops/basics.ts';
import { meanCrossEntropy, smoothedLabels } from '../../../../ml/engines/graph/ops/loss.ts';
import { openSession } from '../../../../ml/engines/graph/session.ts';
import { gradients } from '../../../../ml/engines/graph/tape.ts';
import type { TensorFlow } from '../../../../ml/engines/graph/tensorflow.ts';
import { initialWeights } from '../../../../ml/engines/initial-weights.ts';
import {
  BATCH_NORM_EPSILON,
  networks,
  parametersOf,
  weightsFromVector,
  type Layer,
  type NetworkName,
} from '../../../../ml/model.ts';
import { expectClose } from '../close.ts';
import { engineHost } from '../../../../activities/trainer/child/open.ts';
import { someBatch } from '../some-batch.ts';

const BATCH = 8;
const CLASSES = 11;
const SMOOTHING = 0.1;

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadReferenceTensorFlow();
});

/** The network in TensorFlow.js's own eager ops, as in training. */
function eagerLogits(layers: Layer[], weights: Map<string, Tensor>, images: Tensor): Tensor {
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

for (const network of ['compact', 'larger', 'reference'] as NetworkName[]) {
  it(`all gradients of the ${network} network agree with tf.variableGrads`, async () => {
    // Dropout's masks are its own business (see the test of the op): here the network stands without them.
    const layers = networks[network].filter(({ kind }) => kind !== 'dropout');
    const parameters = parametersOf(layers, CLASSES);
    const values = weightsFromVector(parameters, initialWeights(parameters, 5));
    const trained = parameters.filter(({ kind }) => kind !== 'statistic');
    const { images, labels } = someBatch(BATCH, 2, CLASSES);
    const pixels = Float32Array.from(images, (value) => value / 255);

    const graph = createGraph();
    const fed = trained.map(({ name, shape }) => placeholder(graph, name, 'float32', shape));
    const x = placeholder(graph, 'images', 'float32', [-1, 32, 32, 1]);
    const y = placeholder(graph, 'labels', 'int32', [-1]);
    const { logits } = writeNetwork(graph, layers, {
      weights: new Map(fed.map((each) => [each.node, each])),
      images: x,
      mode: { kind: 'training', dropoutSeeds: [] },
    });
    const loss = meanCrossEntropy(graph, logits, smoothedLabels(graph, y, CLASSES, SMOOTHING));
    const found = gradients(graph, { output: loss, outputGradient: floatScalar(graph, 1), targets: fed });
    addSignature(graph, 'gradients', {
      inputs: Object.fromEntries([x, y, ...fed].map((each) => [each.node, each])),
      outputs: Object.fromEntries([
        ['loss', loss],
        ...found.map((each, i) => [fed[i]!.node, identityAfter(graph, each, 'gradient', [])]),
      ]),
    });
    const session = await engineHost.withModelFolder(serialise(graph), (folder) =>
      openSession(tf, folder, ['gradients']),
    );
    const got = session.run('gradients', {
      images: { values: pixels, shape: [BATCH, 32, 32, 1] },
      labels: { values: labels, shape: [BATCH] },
      ...Object.fromEntries(trained.map(({ name, shape }) => [name, { values: values.get(name)!, shape }])),
    });
    session.dispose();

    const variables = new Map(
      trained.map(({ name, shape }) => [name, tf.variable(tf.tensor(values.get(name)!, shape), true, name)]),
    );
    const expected = tf.variableGrads(() => {
      const distributions = tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES).mul(1 - SMOOTHING);
      const eager = eagerLogits(layers, variables, tf.tensor4d(pixels, [BATCH, 32, 32, 1]));
      return tf.losses.softmaxCrossEntropy(distributions.add(SMOOTHING / CLASSES), eager).asScalar();
    }, [...variables.values()]);
    expectClose(got['loss']!, (expected.value as unknown as Tensor1D).dataSync(), 1e-6);
    for (const { name } of trained) expectClose(got[name]!, expected.grads[name]!.dataSync(), 5e-6);
    expect(trained.length).toBeGreaterThan(10);
    tf.disposeVariables();
  });
}
