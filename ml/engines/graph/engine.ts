// The engine that trains on a TensorFlow graph of our own, run by tfjs-node.

import type { Batch, EngineOptions, TrainingEngine, TrainStepResult } from '../../engine.ts';
import { INPUT_SIZE } from '../../model.ts';
import { createSeekableRandom } from '../../random.ts';
import { checkBatch, checkImages, checkStep, checkVector } from '../checks.ts';
import { EngineFailure, NotFiniteLoss } from '../errors.ts';
import { initialWeights } from '../initial-weights.ts';
import { DROPOUT_STREAM } from '../streams.ts';
import { HYPER_SIZE, hyperOf } from './adamw.ts';
import { openSession, type Feed, type WithModelFolder } from './session.ts';
import { loadTensorFlow } from './tensorflow.ts';
import { buildTrainingGraph, IMAGE_WORDS, NOT_FINITE } from './training-graph.ts';

const SIGNATURES = ['init', 'train', 'export', 'restore', 'exportWeights', 'restoreWeights', 'serve'] as const;

/** Images a call of `predict` gives to TensorFlow: large enough to fill both cores, 50 MB of activations at most. */
const PREDICT_CHUNK = 256;

/** @throws EngineFailure when TensorFlow can't be loaded or refuses the graph */
export async function openGraphEngine(
  options: EngineOptions,
  withModelFolder: WithModelFolder,
): Promise<TrainingEngine> {
  const { classCount, seed, weightDecay } = options;
  const { savedModel, signatures, parameters, weightsSize, stateSize, dropouts } = buildTrainingGraph(options);
  const tf = await loadTensorFlow();
  const session = await withModelFolder(savedModel, (folder, replace) =>
    openSession(tf, folder, SIGNATURES, () => replace(signatures)),
  );
  const random = createSeekableRandom(seed);

  const dropoutSeeds = (trainStep: number): Int32Array => {
    random.seek(DROPOUT_STREAM, trainStep, 0);
    return Int32Array.from({ length: 2 * dropouts }, () => random.uint32() | 0);
  };
  const exportVector = (signature: 'export' | 'exportWeights'): Float32Array =>
    session.run(signature, {})['vector'] as Float32Array;
  const setVector = (signature: 'init' | 'restore' | 'restoreWeights', vector: Float32Array, size: number): void => {
    checkVector(signature, vector, size);
    session.run(signature, { vector: { values: vector, shape: [size] } });
  };

  return {
    stateSize,
    weightsSize,
    initialise: () => setVector('init', initialWeights(parameters, seed), weightsSize),
    trainStep(batch: Batch, trainStep: number, rate: number): TrainStepResult {
      checkBatch(batch, classCount);
      checkStep(trainStep, rate);
      const feeds: Record<string, Feed> = {
        words: wordsOf(batch.images),
        labels: { values: batch.labels, shape: [batch.labels.length] },
        hyper: { values: hyperOf(trainStep, rate, weightDecay), shape: [HYPER_SIZE] },
      };
      if (dropouts > 0) feeds['seeds'] = { values: dropoutSeeds(trainStep), shape: [dropouts, 2] };
      try {
        const { loss, correct } = session.run('train', feeds);
        return { loss: loss![0]!, correct: correct![0]! };
      } catch (error) {
        throw notFiniteLoss(error, trainStep, rate) ?? error;
      }
    },
    exportState: () => exportVector('export'),
    restoreState: (state) => setVector('restore', state, stateSize),
    exportWeights: () => exportVector('exportWeights'),
    restoreWeights: (weights) => setVector('restoreWeights', weights, weightsSize),
    predict(images, count) {
      checkImages(images, count);
      const logits = new Float32Array(count * classCount);
      for (let start = 0; start < count; start += PREDICT_CHUNK) {
        const end = Math.min(count, start + PREDICT_CHUNK);
        const bytes = images.subarray(start * INPUT_SIZE * INPUT_SIZE, end * INPUT_SIZE * INPUT_SIZE);
        const part = session.run('serve', { words: wordsOf(bytes) })['logits'] as Float32Array;
        logits.set(part, start * classCount);
      }
      return logits;
    },
    dispose: () => session.dispose(),
  };
}

/** Pixels [count, 1024] as [count, IMAGE_WORDS]: a view where the bytes stand at a multiple of 4, else a copy. */
function wordsOf(images: Uint8Array): Feed {
  const aligned = images.byteOffset % 4 === 0 ? images : images.slice();
  const values = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  return { values, shape: [values.length / IMAGE_WORDS, IMAGE_WORDS] };
}

function notFiniteLoss(error: unknown, trainStep: number, rate: number): NotFiniteLoss | undefined {
  if (!(error instanceof EngineFailure)) return undefined;
  const what = new RegExp(`${NOT_FINITE}(.+?) : Tensor had`).exec(error.message)?.[1];
  return what === undefined ? undefined : new NotFiniteLoss({ trainStep, rate, what, cause: error });
}
