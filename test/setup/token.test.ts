import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256 } from '../../artifacts/canonical.ts';
import { homePaths } from '../../config/home.ts';
import { DamagedHomeFile } from '../../setup/stack/errors.ts';
import { ensureToken, forgetToken, readTokenDigest, replaceToken } from '../../setup/token.ts';

let home: string;
let path: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'digitflow-token-'));
  path = homePaths(home).token;
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('a token has 256 bits, is shown once, and only its hash is kept, for its owner alone', () => {
  expect(readTokenDigest(home)).toBeUndefined();
  const made = ensureToken(home);
  expect(Buffer.from(made.token!, 'base64url')).toHaveLength(32);
  expect(made.sha256).toBe(sha256(made.token!));
  expect(ensureToken(home)).toEqual({ sha256: made.sha256, token: undefined });
  expect(readTokenDigest(home)).toBe(made.sha256);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  for (const file of readdirSync(join(home, 'keys')))
    expect(readFileSync(join(home, 'keys', file), 'utf8')).not.toContain(made.token);
});

test('a replaced token is another one', () => {
  const first = ensureToken(home);
  const second = replaceToken(home);
  expect(second.token).not.toBe(first.token);
  expect(readTokenDigest(home)).toBe(sha256(second.token));
});

test('a token that nobody saw is taken back, and the next one is shown; another one stays', () => {
  const unseen = ensureToken(home);
  forgetToken(home, unseen.sha256);
  const seen = ensureToken(home);
  expect(seen.token).toBeDefined();
  forgetToken(home, unseen.sha256);
  expect(readTokenDigest(home)).toBe(seen.sha256);
});

test('a home that was copied readable for all is closed again', () => {
  ensureToken(home);
  chmodSync(path, 0o644);
  ensureToken(home);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a damaged file is told, and does not quietly become a new token', () => {
  ensureToken(home);
  writeFileSync(path, 'half a ha');
  expect(() => ensureToken(home)).toThrow(DamagedHomeFile);
  expect(() => readTokenDigest(home)).toThrow(/delete it to get a new token/);
});
