// What train puts out: the last state, the weights, and how the loss went.

import { z } from 'zod';
import { artifactRef, classNames, count, jsonObject, ratio, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

const measured = z.object({ accuracy: ratio, loss: z.number() });

export const trainingManifest = z.object({
  schemaVersion,
  kind: z.literal('training'),
  pool: artifactRef,
  splits: artifactRef,
  classes: classNames,
  network: z.string().min(1),
  /** The engine's fingerprint: what decides bits besides code and data. */
  engine: jsonObject,
  trainSteps: count,
  batchSize: z.int().positive(),
  /** The whole state vector, float32 little-endian. */
  state: artifactRef,
  /** The weights alone, float32 little-endian, in the order of `parametersOf`. */
  weights: artifactRef,
  weightsSha256: sha256Hex,
  /** Curves of loss, accuracy and rate as JSON. */
  history: artifactRef,
  validation: measured,
  best: measured.extend({ trainStep: count }).optional(),
});
export type TrainingManifest = z.infer<typeof trainingManifest>;

const type: RecordType<typeof trainingManifest> = { schema: trainingManifest, expected: 'a training manifest' };

/** @throws InvalidRecord */
export function parseTrainingManifest(bytes: Uint8Array, key = 'training manifest'): TrainingManifest {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeTrainingManifest(manifest: TrainingManifest): Uint8Array {
  return encodeRecord(type, manifest);
}
