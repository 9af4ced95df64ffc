// Who vouches for a model: an Ed25519 signature over one statement that names every file by its digest.

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalBytes, sha256 } from './canonical.ts';
import type { ModelContent, ModelSignature } from './manifests/model-version.ts';
import { modelDigest } from './manifests/model-version.ts';

/** Thrown when a signature does not fit its statement, or was made by a key that is not trusted. */
export class SignatureInvalid extends Error {
  override readonly name = 'SignatureInvalid';
  readonly retryable = false;
  constructor(model: string, got: string) {
    super(`model ${model}: expected a signature by a trusted key over its files' digests, got ${got}`);
  }
}

/** Thrown when a signing key is not an Ed25519 private key in PEM. Says nothing of the key itself. */
export class InvalidSigningKey extends Error {
  override readonly name = 'InvalidSigningKey';
  readonly retryable = false;
  constructor(got: string) {
    super(`signing key: expected an Ed25519 private key as PKCS#8 PEM, got ${got}`);
  }
}

/** What is signed: what the version digest covers, and each file. Not the version's number, which comes later. */
export interface ModelStatement {
  type: 'digitflow model statement, version 1';
  name: string;
  /** The version digest: covers class names, preprocessing, decision and input signature. */
  digest: string;
  /** Path → SHA-256. */
  files: Record<string, string>;
  /** SHA-256 of the golden inputs. */
  golden: string;
}

/** @returns the private key as PKCS#8 PEM; to be kept in a file of mode 0600 */
export function createSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** The public key that belongs to it: SPKI in DER, base64. @throws InvalidSigningKey */
export function publicKeyOf(privateKeyPem: string): string {
  return encodePublicKey(createPublicKey(readPrivateKey(privateKeyPem)));
}

/** A public key in PEM as signatures and trust lists name it: SPKI in DER, base64. @throws Error for any other text */
export function encodedPublicKey(publicKeyPem: string): string {
  return encodePublicKey(createPublicKey(publicKeyPem));
}

export function modelStatement(name: string, content: ModelContent, goldenSha256: string): ModelStatement {
  return {
    type: 'digitflow model statement, version 1',
    name,
    digest: modelDigest(content),
    files: Object.fromEntries(content.files.map(({ path, sha256: digest }) => [path, digest])),
    golden: goldenSha256,
  };
}

/** Deterministic: Ed25519 signs equal statements equally (RFC 8032). @throws InvalidSigningKey */
export function signStatement(statement: ModelStatement, privateKeyPem: string): ModelSignature {
  const key = readPrivateKey(privateKeyPem);
  const bytes = canonicalBytes(statement);
  return {
    algorithm: 'ed25519',
    publicKey: encodePublicKey(createPublicKey(key)),
    signature: sign(null, bytes, key).toString('base64'),
    statementSha256: sha256(bytes),
  };
}

/**
 * Checks a signature.
 * @param trustedKeys public keys as `publicKeyOf` gives them; without them any key will do, and only damage is found
 * @throws SignatureInvalid
 */
export function verifyStatement(statement: ModelStatement, signature: ModelSignature, trustedKeys?: string[]): void {
  const bytes = canonicalBytes(statement);
  if (trustedKeys !== undefined && !trustedKeys.includes(signature.publicKey)) {
    throw new SignatureInvalid(statement.name, `one by ${signature.publicKey}`);
  }
  if (signature.statementSha256 !== sha256(bytes)) {
    throw new SignatureInvalid(statement.name, `one over the statement ${signature.statementSha256}`);
  }
  let isValid = false;
  try {
    const key = createPublicKey({ key: Buffer.from(signature.publicKey, 'base64'), format: 'der', type: 'spki' });
    isValid = verify(null, bytes, key, Buffer.from(signature.signature, 'base64'));
  } catch {
    throw new SignatureInvalid(statement.name, 'a public key that cannot be read');
  }
  if (!isValid) throw new SignatureInvalid(statement.name, 'one that does not fit');
}

function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new InvalidSigningKey('text that cannot be read as one'); // no cause: it could quote the key
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new InvalidSigningKey(`one of type ${key.asymmetricKeyType}`);
  return key;
}

function encodePublicKey(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}
