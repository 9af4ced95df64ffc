// The token that clients from elsewhere must send. It is shown once; the home keeps its SHA-256 alone.

import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { sha256 } from '../artifacts/canonical.ts';
import { homePaths } from '../config/home.ts';
import { DamagedHomeFile } from './stack/errors.ts';
import { createOnce, readIfThere, writeWhole } from './stack/files.ts';

/** 256 bits: no one guesses it, so its plain SHA-256 gives nothing away. */
const TOKEN_BYTES = 32;

export interface ServingToken {
  /** SHA-256 of the token's text, lower-case hex: what the server compares with. */
  sha256: string;
  /** The token itself, base64url; undefined when it was made earlier, because nobody knows it any more. */
  token: string | undefined;
}

/**
 * The home's token, made when there is none. Of two at once one makes it and gets to show it.
 * @throws DamagedHomeFile
 */
export function ensureToken(home: string): ServingToken {
  const { token: path } = homePaths(home);
  const fresh = createToken();
  if (createOnce(path, `${fresh.sha256}\n`)) return fresh;
  chmodSync(path, 0o600); // a copied home may have been unpacked readable for all
  return { sha256: readTokenDigest(home) ?? ensureToken(home).sha256, token: undefined };
}

/** A new token in place of the home's; the old one is refused by every server started from now on. */
export function replaceToken(home: string): ServingToken & { token: string } {
  const fresh = createToken();
  writeWhole(homePaths(home).token, `${fresh.sha256}\n`);
  return fresh;
}

/** Takes back a token that was made but could not be shown; a token made since stays. */
export function forgetToken(home: string, digest: string): void {
  if (readTokenDigest(home) === digest) rmSync(homePaths(home).token, { force: true });
}

/** What the home keeps of its token; undefined when none was made. @throws DamagedHomeFile */
export function readTokenDigest(home: string): string | undefined {
  const { token: path } = homePaths(home);
  const text = readIfThere(path)?.trim();
  if (text === undefined || /^[0-9a-f]{64}$/.test(text)) return text;
  throw new DamagedHomeFile(path, 'the SHA-256 of a token in hex', { advice: 'delete it to get a new token' });
}

/** 256 bits, base64url, and its hash; kept nowhere. */
export function createToken(): ServingToken & { token: string } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { sha256: sha256(token), token };
}
