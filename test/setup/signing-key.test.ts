import { sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureSigningKey } from '../../setup/signing-key.ts';
import { DamagedHomeFile } from '../../setup/stack/errors.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'digitflow-key-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('a home has one key pair, made once, private to its owner', () => {
  const made = ensureSigningKey(home);
  const found = ensureSigningKey(home);
  const statement = Buffer.from('these are the digests');
  expect(verify(null, statement, found.publicKey, sign(null, statement, made.privateKey))).toBe(true);
  expect(statSync(made.privateKeyPath).mode & 0o777).toBe(0o600);
});

test('a lost public half is written again from the private one', () => {
  const made = ensureSigningKey(home);
  rmSync(made.publicKeyPath);
  expect(ensureSigningKey(home).publicKey.equals(made.publicKey)).toBe(true);
});

test('a damaged private key is told and never replaced', () => {
  const { privateKeyPath } = ensureSigningKey(home);
  writeFileSync(privateKeyPath, 'not a key');
  expect(() => ensureSigningKey(home)).toThrow(DamagedHomeFile);
});
