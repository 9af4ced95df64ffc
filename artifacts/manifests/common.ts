// What the schemas of several records share.

import { z } from 'zod';

/** Every record and manifest carries it; a reader refuses versions it does not know. */
export const schemaVersion = z.literal(1);

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');

export const artifactRef = z.object({ key: z.string().min(1), sha256: sha256Hex, sizeBytes: z.int().nonnegative() });

export const count = z.int().nonnegative();

/** Two distinct names or more; a class index is a position in this list. */
export const classNames = z
  .array(z.string().min(1))
  .min(2)
  .refine((names) => new Set(names).size === names.length, 'expected no name twice');

/** Source → class name → how many samples. */
export const countsBySource = z.record(z.string(), z.record(z.string(), count));

/** Time in ISO 8601, UTC. For people: nothing is decided by it. */
export const isoTime = z.iso.datetime();

/** A share or probability, 0 … 1. */
export const ratio = z.number().min(0).max(1);

/** Free JSON. Encoding it refuses NaN and Infinity and leaves out members that are undefined. */
export const jsonObject = z.record(z.string(), z.unknown());

export const preprocessingName = z.enum(['digit', 'reference']);

/** Names a run over resets of its workflow. */
export const runIdentity = z.object({ workflowId: z.string().min(1), firstExecutionRunId: z.string().min(1) });
export type RunIdentity = z.infer<typeof runIdentity>;
