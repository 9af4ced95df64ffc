// What documents have in common.

import { z } from 'zod';

export const share = z.number().min(0).max(1);
export const dateTime = z.iso.datetime();
export const modelName = z.string().min(1);
export const artifactRef = z.object({ key: z.string(), sha256: z.string(), sizeBytes: z.int() });
/** Whatever stands there: figures of later versions, free JSON of records. */
export const jsonValue = z.unknown();
export const configuration = z.record(z.string(), z.unknown()).describe('a run configuration: digitflow config schema');
export const temporal = z.enum(['reachable', 'unreachable']);
export const failure = z.object({ step: z.string().optional(), type: z.string(), message: z.string() });
