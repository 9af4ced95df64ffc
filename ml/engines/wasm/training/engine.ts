// The engine that trains by TensorFlow.js' WebAssembly backend: on every machine that runs Node, without a compiler, Python
// or a native library. WebAssembly and JavaScript say what every operation rounds to, so bits don't depend on the CPU's
// model. The whole state lives in one JavaScript array and is only written when all that can fail has run.

import type { Batch, EngineOptions, TrainingEngine, TrainStepResult } from '../../../engine.ts';
import { INPUT_SIZE, networks, parametersOf, sizeOf, weightsFromVector } from '../../../model.ts';
import { createSeekableRandom } from '../../../random.ts';
import { checkBatch, checkImages, checkStep, checkVector } from '../../checks.ts';
import { EngineFailure, NotFiniteLoss } from '../../errors.ts';
import { initialWeights } from '../../initial-weights.ts';
import { DROPOUT_STREAM } from '../../streams.ts';
import { applyAdamW } from './adamw.ts';
import { openKernels } from './kernels.ts';
import { crossEntropy } from './loss.ts';
import { runNetwork, type NetworkMode } from './network.ts';
import { inWorkspace, type Workspace } from './workspace.ts';

/** Images of one pass of `predict`: more gain nothing on one thread. */
const PREDICT_CHUNK = 64;

const IMAGE_BYTES = INPUT_SIZE * INPUT_SIZE;

/** @param binary the backend's SIMD binary @throws EngineFailure when the backend can't be started */
export async function openWasmEngine(options: EngineOptions, binary: Uint8Array): Promise<TrainingEngine> {
  const { network, classCount, labelSmoothing, weightDecay, batchNormMomentum, seed } = options;
  const layers = networks[network];
  const parameters = parametersOf(layers, classCount);
  const trained = parameters.filter(({ kind }) => kind !== 'statistic');
  const weightsSize = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const trainedSize = trained.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const kernels = await openKernels(binary);
  const random = createSeekableRandom(seed);

  const state = new Float32Array(weightsSize + 2 * trainedSize);
  const vector = state.subarray(0, weightsSize);
  const weights = weightsFromVector(parameters, vector);
  const firstMoments = weightsFromVector(trained, state.subarray(weightsSize, weightsSize + trainedSize));
  const secondMoments = weightsFromVector(trained, state.subarray(weightsSize + trainedSize));

  const run = (workspace: Workspace, images: Uint8Array, count: number, mode: NetworkMode) =>
    runNetwork(workspace, layers, { parameters, weights, images: imagesOf(workspace, images, count), mode });
  const computing = <T>(use: (workspace: Workspace) => T): T => {
    try {
      return inWorkspace(kernels, use);
    } catch (cause) {
      if (!(cause instanceof Error) || cause.name !== 'RuntimeError') throw cause; // what WebAssembly throws
      throw new EngineFailure(`wasm: ${cause.message}`, { cause });
    }
  };

  return {
    weightsSize,
    stateSize: state.length,
    initialise() {
      state.fill(0);
      vector.set(initialWeights(parameters, seed));
    },
    trainStep(batch: Batch, trainStep: number, rate: number): TrainStepResult {
      checkBatch(batch, classCount);
      checkStep(trainStep, rate);
      const maskOf = (layer: number) => {
        random.seek(DROPOUT_STREAM, trainStep, layer);
        return random;
      };
      return computing((workspace) => {
        const pass = run(workspace, batch.images, batch.labels.length, { kind: 'training', maskOf });
        const { loss, correct, gradient } = crossEntropy(workspace.floats(pass.logits), batch.labels, labelSmoothing);
        const expectFinite = (values: ArrayLike<number>, what: string): void => {
          if (!isFinite(values)) throw new NotFiniteLoss({ trainStep, rate, what });
        };
        expectFinite([loss], 'loss');
        for (const [name, values] of pass.statistics) expectFinite(values, `batch's ${name}`);
        const gradients = pass.backward(workspace.from(gradient, pass.logits.shape));
        for (const [name, values] of gradients) expectFinite(values, `gradient of ${name}`);

        // Nothing from here on can fail: a failed step leaves the state whole.
        const updates = trained.map(({ name, kind }) => ({
          values: weights.get(name)!,
          firstMoments: firstMoments.get(name)!,
          secondMoments: secondMoments.get(name)!,
          gradient: gradients.get(name)!,
          decays: kind === 'weight',
        }));
        applyAdamW(updates, { trainStep, rate, weightDecay });
        for (const [name, values] of pass.statistics) {
          const running = weights.get(name)!;
          values.forEach((value, c) => (running[c]! -= (1 - batchNormMomentum) * (running[c]! - value)));
        }
        return { loss, correct };
      });
    },
    exportState: () => state.slice(),
    restoreState(given) {
      checkVector('restore', given, state.length);
      state.set(given);
    },
    exportWeights: () => vector.slice(),
    restoreWeights(given) {
      checkVector('restoreWeights', given, weightsSize);
      vector.set(given);
    },
    predict(images, count) {
      checkImages(images, count);
      const logits = new Float32Array(count * classCount);
      for (let start = 0; start < count; start += PREDICT_CHUNK) {
        const size = Math.min(PREDICT_CHUNK, count - start);
        const bytes = images.subarray(start * IMAGE_BYTES, (start + size) * IMAGE_BYTES);
        computing((workspace) => {
          const pass = run(workspace, bytes, size, { kind: 'frozen' });
          logits.set(workspace.floats(pass.logits), start * classCount);
        });
      }
      return logits;
    },
    dispose() {
      // Nothing of it stays in the backend between calls.
    },
  };
}

function imagesOf(workspace: Workspace, bytes: Uint8Array, count: number) {
  const images = workspace.allocate([count, INPUT_SIZE, INPUT_SIZE, 1]);
  const floats = workspace.floats(images);
  for (let i = 0; i < bytes.length; i++) floats[i] = bytes[i]! / 255;
  return images;
}

function isFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}
