// What documents have in common.

import { z } from 'zod';

export const share = z.number().min(0).max(1);
export const count = z.int().min(0);
export const dateTime = z.iso.datetime();
export const modelName = z.string().min(1);
export const publishedModel = z.object({ name: z.string(), version: z.int(), digest: z.string() });
export const artifactRef = z.object({ key: z.string(), sha256: z.string(), sizeBytes: z.int() });
/** Whatever stands there: figures of later versions, free JSON of records. */
export const jsonValue = z.unknown();
export const configuration = z.record(z.string(), z.unknown()).describe('a run configuration: digitflow config schema');
export const temporal = z.enum(['reachable', 'unreachable']);
export const failure = z.object({ step: z.string().optional(), type: z.string(), message: z.string() });
/** A value that is another one than the default; without `default` where the default has no such field. */
export const difference = z.object({ key: z.string(), default: jsonValue.optional(), value: jsonValue });
export const stepName = z.enum(['ingest', 'preprocess', 'augment', 'train', 'evaluate', 'publish']);

/** URLs by part: those that every stack has, and those that this one has, too (`temporalUi`, `inference`). */
export const endpoints = z.object({ temporal: z.string(), store: z.string() }).catchall(z.string());

/** What stands on stdout instead when a verb fails. */
export const errorDocument = z.object({
  error: z.object({ type: z.string(), message: z.string(), exitCode: z.int().min(1) }),
});

/** Of verbs that print JSON Schemas. */
export const publishedSchema = z.looseObject({ $schema: z.url(), title: z.string() }).describe('a JSON Schema');
