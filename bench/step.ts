// A training step as our graph and as TensorFlow.js's eager layers API, side by side in one process. Wall time: a step
// uses several threads. Run: npm run bench -- step [compact|larger|reference …]

import { engineHost } from '../activities/trainer/child/open.ts';
import { engineFingerprint } from '../activities/trainer/fingerprint.ts';
import { DEFAULT_ENGINE_SETTINGS, engineEnvironment } from '../activities/trainer/settings.ts';
import { loadTensorFlow, type TensorFlow } from '../ml/engines/graph/tensorflow.ts';
import { openEngine } from '../ml/engines/open-engine.ts';
import { INPUT_SIZE, networks, type NetworkName } from '../ml/model.ts';
import { createRandom } from '../ml/random.ts';
import { medianOf, report, type Figure } from './harness.ts';
import { eagerModel } from './training/eager-layers.ts';

const CLASSES = 11;
/** Batches as the networks are trained: the reference script's 50, else the recipe's 128. */
const batchSizes: Record<NetworkName, number> = { compact: 128, larger: 128, reference: 50 };
/** Rounds are interleaved, so that what else the machine does hits both alike. */
const plans: Record<NetworkName, { rounds: number; steps: number }> = {
  compact: { rounds: 12, steps: 10 },
  larger: { rounds: 8, steps: 6 },
  reference: { rounds: 6, steps: 2 },
};

async function timed(steps: number, step: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await step();
    times.push(performance.now() - start);
  }
  return times;
}

function figureOf(name: string, batchSize: number, times: number[]): Figure {
  const micros = times.map((ms) => (ms * 1_000) / batchSize).toSorted((a, b) => a - b);
  const rounded = (value: number): number => Number(value.toPrecision(4));
  return {
    name,
    perSecond: Math.round(1e6 / medianOf(micros)),
    micros: rounded(medianOf(micros)),
    fastest: rounded(micros[0]!),
    slowest: rounded(micros.at(-1)!),
    rounds: times.length,
  };
}

async function measure(tf: TensorFlow, network: NetworkName): Promise<[graph: Figure, eager: Figure]> {
  const batchSize = batchSizes[network];
  const random = createRandom(1);
  const images = Uint8Array.from({ length: batchSize * INPUT_SIZE ** 2 }, () => random.integer(256));
  const labels = Int32Array.from({ length: batchSize }, () => random.integer(CLASSES));
  const options = { classCount: CLASSES, labelSmoothing: 0.1, weightDecay: 1e-4, batchNormMomentum: 0.95, seed: 1 };
  const engine = await openEngine('tfjs-node', { network, ...options }, engineHost);
  engine.initialise();
  const model = eagerModel(tf, networks[network], CLASSES);
  const floats = Float32Array.from(images, (value) => value / 255);

  let trainStep = 0;
  const graphStep = (): void => void engine.trainStep({ images, labels }, ++trainStep, 1e-3);
  const eagerStep = async (): Promise<void> => {
    const x = tf.tensor4d(floats, [batchSize, INPUT_SIZE, INPUT_SIZE, 1]);
    const y = tf.tensor1d(labels, 'float32');
    await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
  };
  const { rounds, steps } = plans[network];
  await timed(3, graphStep);
  await timed(2, eagerStep);
  const graph: number[] = [];
  const eager: number[] = [];
  for (let round = 0; round < rounds; round++) {
    graph.push(...(await timed(steps, graphStep)));
    eager.push(...(await timed(Math.ceil(steps / 4), eagerStep)));
  }
  engine.dispose();
  model.dispose();
  const name = `${network}, batch ${batchSize}`;
  return [figureOf(`${name}: graph`, batchSize, graph), figureOf(`${name}: eager layers`, batchSize, eager)];
}

Object.assign(process.env, engineEnvironment(DEFAULT_ENGINE_SETTINGS), { TF_CPP_MIN_LOG_LEVEL: '2' });
const tf = await loadTensorFlow();
const asked = process.argv.slice(2) as NetworkName[];
const figures: Figure[] = [];
const ratios: Record<string, number> = {};
for (const network of asked.length > 0 ? asked : (['compact', 'larger', 'reference'] as const)) {
  const [graph, eager] = await measure(tf, network);
  figures.push(graph, eager);
  ratios[network] = Number((eager.micros / graph.micros).toFixed(2));
}
const fingerprint = await engineFingerprint(DEFAULT_ENGINE_SETTINGS);
report({ topic: 'train step, samples', figures, extra: { graphToEager: ratios, fingerprint } });
