import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  createSigningKey,
  InvalidSigningKey,
  modelStatement,
  publicKeyOf,
  SignatureInvalid,
  signStatement,
  verifyStatement,
} from '../../artifacts/signature.ts';
import { modelCandidate } from '../support/model-candidate.ts';

const model = modelCandidate('one');
const statement = modelStatement('digits', model, model.golden.sha256);
const key = createSigningKey();
const signature = signStatement(statement, key);

it('signs equal statements equally, and knows its own signature', () => {
  expect(signStatement(statement, key)).toEqual(signature);
  expect(() => verifyStatement(statement, signature)).not.toThrow();
  expect(() => verifyStatement(statement, signature, [publicKeyOf(key)])).not.toThrow();
});

it('trusts no other key', () => {
  expect(() => verifyStatement(statement, signature, [publicKeyOf(createSigningKey())])).toThrow(SignatureInvalid);
});

it.each([
  ['a file', { ...statement, files: { ...statement.files, 'model.onnx': '0'.repeat(64) } }],
  ['what decides', { ...statement, digest: modelStatement('digits', { ...model, threshold: 0.9 }, '').digest }],
  ['the golden inputs', { ...statement, golden: '0'.repeat(64) }],
  ['the name', { ...statement, name: 'letters' }],
])('notices when %s was changed', (_, changed) => {
  expect(() => verifyStatement(changed, signature)).toThrow(SignatureInvalid);
  const { statementSha256 } = signStatement(changed, createSigningKey());
  expect(() => verifyStatement(changed, { ...signature, statementSha256 })).toThrow(SignatureInvalid);
});

it('refuses a public key that cannot be read', () => {
  expect(() => verifyStatement(statement, { ...signature, publicKey: 'AAAA' })).toThrow(SignatureInvalid);
});

it.each([
  ['text', 'secret text'],
  [
    'another kind of key',
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }),
  ],
])('refuses %s as a signing key without repeating it', (_, pem) => {
  expect(() => signStatement(statement, String(pem))).toThrow(InvalidSigningKey);
  expect(() => signStatement(statement, String(pem))).not.toThrow(/secret|BEGIN/);
});
