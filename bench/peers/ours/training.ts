// Our side of training steps: wall time, for a step uses all cores.

import { engineHost } from '../../../activities/trainer/child/open.ts';
import { DEFAULT_ENGINE_SETTINGS, engineEnvironment } from '../../../activities/trainer/settings.ts';
import type { TrainingEngine } from '../../../ml/engine.ts';
import { loadTensorFlow } from '../../../ml/engines/graph/tensorflow.ts';
import { openEngine } from '../../../ml/engines/open-engine.ts';
import { INPUT_SIZE, networks, type NetworkName } from '../../../ml/model.ts';
import { medianOf } from '../../harness.ts';
import { eagerModel } from '../../training/eager-layers.ts';
import type { Pictures } from './pictures.ts';

const CLASSES = 10;
export const BATCH: Record<'compact' | 'reference', number> = { compact: 128, reference: 50 };

export interface Training {
  /** `compact`, augmenting each batch in the same thread before its step: seconds a sample. */
  fit(steps: number): number;
  /** A step on one batch that stays, median: seconds. */
  step(network: 'compact' | 'reference', steps: number): number;
  /** The same of `compact` by the eager layers API. */
  eagerStep(steps: number): Promise<number>;
  close(): void;
}

/** Loads TensorFlow into this process, with the settings of the trainer. */
export async function openTraining(pictures: Pictures): Promise<Training> {
  Object.assign(process.env, engineEnvironment(DEFAULT_ENGINE_SETTINGS), { TF_CPP_MIN_LOG_LEVEL: '2' });
  const tf = await loadTensorFlow();
  const engines = { compact: await openTrained('compact'), reference: await openTrained('reference') };
  const model = eagerModel(tf, networks.compact, CLASSES);
  const batches = { compact: batchOf(pictures, BATCH.compact), reference: batchOf(pictures, BATCH.reference) };
  const floats = Float32Array.from(batches.compact.images, (value) => value / 255);
  let trainStep = 0;
  const oneStep = (network: 'compact' | 'reference', batch = batches[network]): unknown =>
    engines[network].trainStep(batch, ++trainStep, 1e-3);
  const eager = async (): Promise<void> => {
    const x = tf.tensor4d(floats, [BATCH.compact, INPUT_SIZE, INPUT_SIZE, 1]);
    const y = tf.tensor1d(batches.compact.labels, 'float32');
    await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
  };
  for (let i = 0; i < 2; i++) await eager();
  for (let i = 0; i < 3; i++) {
    oneStep('compact');
    oneStep('reference');
  }
  return {
    fit(steps) {
      const batch = batchOf(pictures, BATCH.compact);
      const start = performance.now();
      for (let i = 0; i < steps; i++) {
        pictures.fill(batch.images, batch.labels, BATCH.compact);
        oneStep('compact', batch);
      }
      return secondsSince(start) / steps / BATCH.compact;
    },
    step(network, steps) {
      const seconds: number[] = [];
      for (let i = 0; i < steps; i++) {
        const start = performance.now();
        oneStep(network);
        seconds.push(secondsSince(start));
      }
      return medianOf(seconds.toSorted((a, b) => a - b));
    },
    async eagerStep(steps) {
      const seconds: number[] = [];
      for (let i = 0; i < steps; i++) {
        const start = performance.now();
        await eager();
        seconds.push(secondsSince(start));
      }
      return medianOf(seconds.toSorted((a, b) => a - b));
    },
    close() {
      engines.compact.dispose();
      engines.reference.dispose();
      model.dispose();
    },
  };
}

async function openTrained(network: NetworkName): Promise<TrainingEngine> {
  const options = { classCount: CLASSES, labelSmoothing: 0.1, weightDecay: 1e-4, batchNormMomentum: 0.95, seed: 1 };
  const engine = await openEngine('tfjs-node', { network, ...options }, engineHost);
  engine.initialise();
  return engine;
}

function batchOf(pictures: Pictures, size: number): { images: Uint8Array; labels: Int32Array } {
  const batch = { images: new Uint8Array(size * INPUT_SIZE ** 2), labels: new Int32Array(size) };
  pictures.fill(batch.images, batch.labels, size);
  return batch;
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;
