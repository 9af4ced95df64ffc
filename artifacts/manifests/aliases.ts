// Which version an alias means, and every move that led there. Changed by compare-and-swap only.

import { z } from 'zod';
import { artifactRef, isoTime, schemaVersion, sha256Hex } from './common.ts';
import { encodeRecord, parseRecord, type RecordType } from './parse.ts';

export const ALIAS_NAMES = ['champion', 'candidate'] as const;
export type AliasName = (typeof ALIAS_NAMES)[number];

const versionNumber = z.int().positive();

export const aliasMove = z.object({
  /** Names the intent: a move whose id stands here is done, whatever the alias says now. */
  moveId: sha256Hex,
  alias: z.enum(ALIAS_NAMES),
  from: versionNumber.nullable(),
  to: versionNumber,
  reason: z.string(),
  author: z.string().min(1),
  at: isoTime,
});
export type AliasMove = z.infer<typeof aliasMove>;

/** Loose: an older program that moves an alias keeps members it does not know. */
export const aliasesRecord = z.looseObject({
  schemaVersion,
  kind: z.literal('aliases'),
  /** Grows by one a write, so that no two states have equal bytes (an ETag may be a digest of the bytes). */
  revision: z.int().positive(),
  aliases: z.partialRecord(z.enum(ALIAS_NAMES), versionNumber),
  /** Oldest first. */
  moves: z.array(aliasMove),
  /** A moves archive that holds the moves before these. */
  archive: artifactRef.optional(),
  /** Versions that no alias may mean any more: said here first, so that a withdrawal and a move can't miss each other. */
  withdrawn: z.array(versionNumber).optional(),
});
export type AliasesRecord = z.infer<typeof aliasesRecord>;

export const movesArchive = z.object({
  schemaVersion,
  kind: z.literal('moves-archive'),
  moves: z.array(aliasMove),
  /** The archive that holds the moves before these. */
  archive: artifactRef.optional(),
});
export type MovesArchive = z.infer<typeof movesArchive>;

const type: RecordType<typeof aliasesRecord> = { schema: aliasesRecord, expected: 'an aliases record', isSealed: true };
const archiveType: RecordType<typeof movesArchive> = { schema: movesArchive, expected: 'a moves archive' };

/** @throws InvalidRecord */
export function parseAliases(bytes: Uint8Array, key = 'aliases'): AliasesRecord {
  return parseRecord(type, bytes, key);
}

/** @throws InvalidRecord */
export function encodeAliases(aliases: AliasesRecord): Uint8Array {
  return encodeRecord(type, aliases);
}

/** @throws InvalidRecord */
export function parseMovesArchive(bytes: Uint8Array, key = 'moves archive'): MovesArchive {
  return parseRecord(archiveType, bytes, key);
}

/** @throws InvalidRecord */
export function encodeMovesArchive(archive: MovesArchive): Uint8Array {
  return encodeRecord(archiveType, archive);
}
