// A training step in WebAssembly and as our TensorFlow graph, in turn in one process. CPU time: WebAssembly uses one thread,
// the graph two, so figures are those of one core. Run: npm run bench -- train-wasm [compact|larger|reference]

import { engineHost } from '../activities/trainer/child/open.ts';
import { engineFingerprint } from '../activities/trainer/fingerprint.ts';
import { DEFAULT_ENGINE_SETTINGS, engineEnvironment } from '../activities/trainer/settings.ts';
import type { EngineName } from '../ml/engine.ts';
import { loadTensorFlow } from '../ml/engines/graph/tensorflow.ts';
import { openEngine } from '../ml/engines/open-engine.ts';
import { INPUT_SIZE, type NetworkName } from '../ml/model.ts';
import { createRandom } from '../ml/random.ts';
import { compare, report, type Variant } from './harness.ts';

const CLASSES = 11;
/** Floating-point operations of training on one sample, in millions: see ml/model.ts. */
const MEGAFLOP: Partial<Record<NetworkName, number>> = { compact: 3.75, reference: 330 };
const options = { classCount: CLASSES, labelSmoothing: 0.1, weightDecay: 1e-4, batchNormMomentum: 0.95, seed: 1 };

Object.assign(process.env, engineEnvironment(DEFAULT_ENGINE_SETTINGS), { TF_CPP_MIN_LOG_LEVEL: '2' });
const network = (process.argv[2] ?? 'compact') as NetworkName;
const isLarge = network === 'reference';
const batchSize = isLarge ? 50 : 128;
const random = createRandom(1);
const images = Uint8Array.from({ length: batchSize * INPUT_SIZE ** 2 }, () => random.integer(256));
const labels = Int32Array.from({ length: batchSize }, () => random.integer(CLASSES));

const tf = await loadTensorFlow();
const variants: Variant[] = [];
for (const name of ['tfjs-node', 'wasm'] as EngineName[]) {
  const engine = await openEngine(name, { network, ...options }, engineHost);
  engine.initialise();
  let trainStep = 0;
  const steps = isLarge ? 1 : 8;
  variants.push({
    name: `${network}, batch ${batchSize}: ${name}`,
    run: () => {
      for (let i = 0; i < steps; i++) engine.trainStep({ images, labels }, ++trainStep, 1e-3);
      return steps * batchSize;
    },
  });
}
// Opening WebAssembly made it TensorFlow.js' backend; the graph's calls ask for their own.
await tf.setBackend('tensorflow');
const figures = compare({ variants, ...(isLarge ? { rounds: 3, warmups: 1 } : { rounds: 12 }) });
const [graph, wasm] = figures as [(typeof figures)[0], (typeof figures)[0]];
const megaflop = MEGAFLOP[network];
report({
  topic: 'train step, samples a core',
  figures,
  extra: {
    graphToWasm: Number((wasm.micros / graph.micros).toFixed(2)),
    ...(megaflop !== undefined && { wasmGigaflops: Number(((megaflop * wasm.perSecond) / 1_000).toFixed(1)) }),
    fingerprint: await engineFingerprint({ engine: 'wasm' }),
  },
});
