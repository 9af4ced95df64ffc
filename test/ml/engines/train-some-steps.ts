import { createHash } from 'node:crypto';
import type { EngineName, EngineOptions, TrainingEngine } from '../../../ml/engine.ts';
import { openEngine } from '../../../ml/engines/open-engine.ts';
import { engineHost } from '../../../activities/trainer/child/open.ts';
import { someBatch } from './some-batch.ts';

export const options: EngineOptions = {
  network: 'compact',
  classCount: 11,
  labelSmoothing: 0.1,
  weightDecay: 1e-4,
  batchNormMomentum: 0.95,
  seed: 1,
};

/** @param name @default tfjs-node */
export const openSomeEngine = (
  changed: Partial<EngineOptions> = {},
  name: EngineName = 'tfjs-node',
): Promise<TrainingEngine> => openEngine(name, { ...options, ...changed }, engineHost);

/** Steps `first` … `last`, each with its own batch. */
export function trainSteps(engine: TrainingEngine, first: number, last: number, batchSize = 16): void {
  for (let step = first; step <= last; step++) engine.trainStep(someBatch(batchSize, step, 11), step, 3e-3);
}

export const digestOf = (vector: Float32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
    .digest('hex');
