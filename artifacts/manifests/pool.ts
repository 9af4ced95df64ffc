// What augment puts out: the pool of network inputs that training reads.

import { z } from 'zod';
import { artifactRef, classNames, count, countsBySource, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const poolManifest = z.object({
  schemaVersion,
  kind: z.literal('pool'),
  splits: artifactRef,
  classes: classNames,
  preset: z.string().min(1),
  sampleCount: count,
  counts: countsBySource,
  /** In pool order. */
  parts: z.array(z.object({ ref: artifactRef, sampleCount: count })).min(1),
  contactSheet: artifactRef,
  /** Over the bytes of all samples in order: the same for any division into parts. */
  poolDigest: sha256Hex,
});
export type PoolManifest = z.infer<typeof poolManifest>;

const type: RecordType<typeof poolManifest> = { schema: poolManifest, expected: 'a pool manifest' };

/** @throws InvalidRecord */
export function parsePoolManifest(bytes: Uint8Array, key = 'pool manifest'): PoolManifest {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodePoolManifest(manifest: PoolManifest): Uint8Array {
  return encodeRecord(type, manifest);
}
