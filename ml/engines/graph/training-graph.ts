// One network as one TensorFlow graph: variables, a training step, evaluation, and state in and out.

import { INPUT_SIZE, networks, parametersOf, sizeOf, type NetworkName, type Parameter } from '../../model.ts';
import { applyAdamW, HYPER_SIZE } from './adamw.ts';
import { addNode, addSignature, createGraph, serialise, serialiseSignatures, withScope, type Graph } from './graph.ts';
import { dropoutCount, writeNetwork, type NetworkOutput } from './network.ts';
import { bytesOfInts, cast, divide, expectFinite, floatScalar, identityAfter, multiply } from './ops/basics.ts';
import { placeholder, subtract, unstack } from './ops/basics.ts';
import { countCorrect, meanCrossEntropy, smoothedLabels } from './ops/loss.ts';
import { reshapeOnly } from './ops/reshape.ts';
import { gradients } from './tape.ts';
import type { FloatTensor, IntTensor } from './tensor.ts';
import { addExportSignature, addRestoreSignature, assignSubtract, assignZeros } from './variables.ts';
import { readVariable, variable, type Variable } from './variables.ts';

/** Images are fed as 32-bit words of four pixels: a quarter of the bytes of floats, and no copy on the way in. */
export const IMAGE_WORDS = (INPUT_SIZE * INPUT_SIZE) / 4;

/** Stands before the name of what is not finite in the error of a failed step. */
export const NOT_FINITE = 'not finite: ';

export interface TrainingGraphOptions {
  network: NetworkName;
  classCount: number;
  labelSmoothing: number;
  batchNormMomentum: number;
}

export interface TrainingGraph {
  /** The bytes of `saved_model.pb`. */
  savedModel: Uint8Array;
  /** The same file without nodes. */
  signatures: Uint8Array;
  parameters: Parameter[];
  /** Floats of the weights vector, and of the state: weights, first moments, second moments of what is trained. */
  weightsSize: number;
  stateSize: number;
  /** How many pairs of seeds a step feeds. */
  dropouts: number;
}

/**
 * Signatures:
 * `init` vector [weightsSize] → sets the weights and clears the moments;
 * `train` words [batch, IMAGE_WORDS] int32, labels [batch] int32, hyper [HYPER_SIZE], and with dropout seeds
 * [dropouts, 2] int32 → loss, correct; fails without having written anything when a number is not finite;
 * `export` → vector [stateSize], `restore` the same back; `exportWeights`, `restoreWeights` with [weightsSize];
 * `serve` words → logits [batch, classCount].
 */
export function buildTrainingGraph(options: TrainingGraphOptions): TrainingGraph {
  const { network, classCount } = options;
  const layers = networks[network];
  const parameters = parametersOf(layers, classCount);
  const graph = createGraph();
  const weights = parameters.map(({ name, shape }) => variable(graph, name, shape));
  const trained = parameters.filter(({ kind }) => kind !== 'statistic');
  const moments = (order: string): Variable[] =>
    trained.map(({ name, shape }) => variable(graph, `${order}/${name}`, shape));
  const firstMoments = moments('first-moment');
  const secondMoments = moments('second-moment');
  const state = [...weights, ...firstMoments, ...secondMoments];

  withScope(graph, 'train', () => writeTraining(graph, options, parameters, { weights, firstMoments, secondMoments }));
  withScope(graph, 'serve', () => {
    const { words, images } = imageInput(graph);
    const values = new Map(weights.map((each) => [each.name, readVariable(graph, each)]));
    const { logits } = writeNetwork(graph, layers, { weights: values, images, mode: { kind: 'frozen' } });
    addSignature(graph, 'serve', { inputs: { words }, outputs: { logits } });
  });
  withScope(graph, 'init', () => {
    const cleared = [...firstMoments, ...secondMoments].map((each) => assignZeros(graph, each));
    addRestoreSignature(graph, 'init', weights, cleared);
  });
  withScope(graph, 'export', () => addExportSignature(graph, 'export', state));
  withScope(graph, 'restore', () => addRestoreSignature(graph, 'restore', state));
  withScope(graph, 'exportWeights', () => addExportSignature(graph, 'exportWeights', weights));
  withScope(graph, 'restoreWeights', () => addRestoreSignature(graph, 'restoreWeights', weights));

  const count = (of: Parameter[]): number => of.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const weightsSize = count(parameters);
  return {
    savedModel: serialise(graph),
    signatures: serialiseSignatures(graph),
    parameters,
    weightsSize,
    stateSize: weightsSize + 2 * count(trained),
    dropouts: dropoutCount(layers),
  };
}

/** `words` to feed and the images [batch, 32, 32, 1] in [0, 1] made of them. */
function imageInput(graph: Graph): { words: IntTensor; images: FloatTensor } {
  const words = placeholder(graph, 'words', 'int32', [-1, IMAGE_WORDS]);
  const pixels = reshapeOnly(graph, bytesOfInts(graph, words), [-1, INPUT_SIZE, INPUT_SIZE, 1]);
  return { words, images: divide(graph, cast(graph, pixels, 'float32'), floatScalar(graph, 255)) };
}

function writeTraining(
  graph: Graph,
  { network, classCount, labelSmoothing, batchNormMomentum }: TrainingGraphOptions,
  parameters: Parameter[],
  variables: { weights: Variable[]; firstMoments: Variable[]; secondMoments: Variable[] },
): void {
  const { words, images } = imageInput(graph);
  const labels = placeholder(graph, 'labels', 'int32', [-1]);
  const hyper = placeholder(graph, 'hyper', 'float32', [HYPER_SIZE]);
  const dropouts = dropoutCount(networks[network]);
  const seeds = dropouts > 0 ? placeholder(graph, 'seeds', 'int32', [dropouts, 2]) : undefined;

  // Each variable is read once, before any update: a second read could see a half-updated state.
  const values = new Map(variables.weights.map((each) => [each.name, readVariable(graph, each)]));
  const dropoutSeeds = seeds === undefined ? [] : unstack(graph, seeds);
  const mode = { kind: 'training', dropoutSeeds } as const;
  const output = writeNetwork(graph, networks[network], { weights: values, images, mode });
  const distributions = smoothedLabels(graph, labels, classCount, labelSmoothing);
  const loss = meanCrossEntropy(graph, output.logits, distributions);
  const correct = countCorrect(graph, output.logits, labels);

  const trained = parameters.filter(({ kind }) => kind !== 'statistic');
  const targets = trained.map(({ name }) => values.get(name)!);
  const raw = gradients(graph, { output: loss, outputGradient: floatScalar(graph, 1), targets });
  const checkedLoss = expectFinite(graph, loss, `${NOT_FINITE}loss`);
  const checked = raw.map((each, i) => expectFinite(graph, each, `${NOT_FINITE}gradient of ${trained[i]!.name}`));
  const statistics = checkStatistics(graph, output);

  // The commit barrier: no variable is written until everything that can fail has run, so that a failed step leaves
  // the state whole.
  const mayFail = [checkedLoss, correct, ...checked, ...statistics.map(({ value }) => value)];
  const barrier = [addNode(graph, { op: 'NoOp', name: 'commit-barrier', after: mayFail.map(({ node }) => node) })];
  const variableOf = new Map(variables.weights.map((each) => [each.name, each]));
  const updates = trained.map(({ name, kind }, i) => ({
    target: variableOf.get(name)!,
    firstMoment: variables.firstMoments[i]!,
    secondMoment: variables.secondMoments[i]!,
    value: values.get(name)!,
    gradient: checked[i]!,
    decays: kind === 'weight',
  }));
  const done = applyAdamW(graph, updates, hyper, barrier);
  const forgotten = floatScalar(graph, 1 - batchNormMomentum);
  for (const { name, value } of statistics) {
    const step = multiply(graph, subtract(graph, values.get(name)!, value), forgotten);
    done.push(assignSubtract(graph, variableOf.get(name)!, step, barrier));
  }
  addSignature(graph, 'train', {
    inputs: { words, labels, hyper, ...(seeds && { seeds }) },
    outputs: {
      loss: identityAfter(graph, checkedLoss, 'loss', done),
      correct: identityAfter(graph, correct, 'correct', done),
    },
  });
}

const checkStatistics = (graph: Graph, { statistics }: NetworkOutput): NetworkOutput['statistics'] =>
  statistics.map(({ name, value }) => ({ name, value: expectFinite(graph, value, `${NOT_FINITE}batch's ${name}`) }));
