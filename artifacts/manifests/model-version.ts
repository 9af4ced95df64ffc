// One published version of a model. Its digest covers what decides a prediction and nothing else.

import { z } from 'zod';
import { canonicalDigest } from '../canonical.ts';
import {
  artifactRef,
  classNames,
  isoTime,
  jsonObject,
  preprocessingName,
  ratio,
  runIdentity,
  schemaVersion,
  sha256Hex,
} from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

/** A blob with the path it has in the model's folder, e.g. `tfjs/model.json`. */
export const modelFile = artifactRef.extend({ path: z.string().min(1) });
export type ModelFile = z.infer<typeof modelFile>;

export const inputSignature = z.object({
  name: z.string(),
  /** null stands for any number, e.g. [null, 32, 32, 1]. */
  shape: z.array(z.int().positive().nullable()),
  type: z.literal('float32'),
  /** The range of values, e.g. [0, 1]. */
  range: z.tuple([z.number(), z.number()]),
});

export const modelSignature = z.object({
  algorithm: z.literal('ed25519'),
  /** SPKI in DER, base64. */
  publicKey: z.string().min(1),
  /** 64 bytes, base64. */
  signature: z.string().min(1),
  /** Digest of the canonical statement that was signed. */
  statementSha256: sha256Hex,
});
export type ModelSignature = z.infer<typeof modelSignature>;

export const modelVersion = z.object({
  schemaVersion,
  kind: z.literal('model-version'),
  name: z.string().min(1),
  version: z.int().positive(),
  digest: sha256Hex,
  createdAt: isoTime,
  classes: classNames,
  preprocessing: preprocessingName,
  threshold: ratio,
  inputSignature,
  files: z
    .array(modelFile)
    .min(1)
    .refine((files) => new Set(files.map((file) => file.path)).size === files.length, 'expected no path twice'),
  metrics: jsonObject,
  /** 32 inputs with their probabilities, by which every runtime proves itself. */
  golden: artifactRef,
  run: runIdentity,
  /** What code made it: identities of the steps, versions. */
  code: jsonObject,
  signature: modelSignature,
  /** Set when the version was withdrawn: its number stays taken. */
  deletedAt: isoTime.optional(),
});
export type ModelVersion = z.infer<typeof modelVersion>;

/** What the version digest covers. */
export type ModelContent = Pick<ModelVersion, 'classes' | 'preprocessing' | 'threshold' | 'inputSignature' | 'files'>;

/** The digest that tells versions apart: files, class names, preprocessing, decision and input; no time, run or metrics. */
export function modelDigest(content: ModelContent): string {
  return canonicalDigest({
    files: Object.fromEntries(content.files.map((file) => [file.path, file.sha256])),
    classes: content.classes,
    preprocessing: content.preprocessing,
    decision: { threshold: content.threshold },
    inputSignature: content.inputSignature,
  });
}

const type: RecordType<typeof modelVersion> = { schema: modelVersion, expected: 'a model version', isSealed: true };

/** @throws InvalidRecord */
export function parseModelVersion(bytes: Uint8Array, key = 'model version'): ModelVersion {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeModelVersion(version: ModelVersion): Uint8Array {
  return encodeRecord(type, version);
}
