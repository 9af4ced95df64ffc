// What publish puts out: which version the run led to, and what became of the aliases.

import { z } from 'zod';
import { ALIAS_NAMES } from './aliases.ts';
import { artifactRef, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const publicationManifest = z.object({
  schemaVersion,
  kind: z.literal('publication'),
  evaluation: artifactRef,
  name: z.string().min(1),
  version: z.int().positive(),
  digest: sha256Hex,
  /** The aliases this run moved; none when nothing changed. */
  moved: z.array(z.enum(ALIAS_NAMES)),
  /** Why the champion moved or stayed. */
  verdict: z.object({ promoted: z.boolean(), reason: z.string() }),
});
export type PublicationManifest = z.infer<typeof publicationManifest>;

const type: RecordType<typeof publicationManifest> = {
  schema: publicationManifest,
  expected: 'a publication manifest',
};

/** @throws InvalidRecord */
export function parsePublicationManifest(bytes: Uint8Array, key = 'publication manifest'): PublicationManifest {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodePublicationManifest(manifest: PublicationManifest): Uint8Array {
  return encodeRecord(type, manifest);
}
