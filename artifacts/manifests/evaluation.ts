// What evaluate puts out: the figures on the test split, beside the champion's on the same samples.

import { z } from 'zod';
import { artifactRef, classNames, count, ratio, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

/** The figures that are shown first. Digit samples only, unless said otherwise. */
export const headline = z.object({
  /** Argmax over the digits. */
  accuracy: ratio,
  loss: z.number(),
  bySource: z.record(z.string(), z.object({ accuracy: ratio, recallAtThreshold: ratio, count })),
  /** Share of negatives that are taken for a digit at the threshold; absent without negatives. */
  falseDigitRate: ratio.optional(),
  /** Expected calibration error before and after the temperature. */
  eceBefore: ratio,
  eceAfter: ratio,
});
export type Headline = z.infer<typeof headline>;

export const evaluationManifest = z.object({
  schemaVersion,
  kind: z.literal('evaluation'),
  training: artifactRef,
  splits: artifactRef,
  classes: classNames,
  /** Logits are divided by it; already folded into `calibratedWeights`. */
  temperature: z.number().positive(),
  /** The least probability of the best digit that counts as a decision. */
  threshold: ratio,
  metrics: artifactRef,
  headline,
  champion: z.object({ name: z.string(), version: z.int().positive(), headline }).optional(),
  /** Whether the challenger takes the champion's place, by `ml/gate.ts`. */
  verdict: z.object({ promoted: z.boolean(), reason: z.string() }),
  /** The champion it was judged against; null when there was none. */
  opponent: z.object({ version: z.int().positive(), digest: sha256Hex }).nullable(),
  plots: z.record(z.string(), z.object({ svg: artifactRef, png: artifactRef })),
  mistakes: artifactRef,
  report: artifactRef,
  /** Test split, [samples, classes] float32 little-endian. */
  probabilities: artifactRef,
  calibratedWeights: artifactRef,
});
export type EvaluationManifest = z.infer<typeof evaluationManifest>;

const type: RecordType<typeof evaluationManifest> = { schema: evaluationManifest, expected: 'an evaluation manifest' };

/** @throws InvalidRecord */
export function parseEvaluationManifest(bytes: Uint8Array, key = 'evaluation manifest'): EvaluationManifest {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeEvaluationManifest(manifest: EvaluationManifest): Uint8Array {
  return encodeRecord(type, manifest);
}
