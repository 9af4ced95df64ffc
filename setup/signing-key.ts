// The key that signs model versions: an Ed25519 pair in the home, made once.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { homePaths } from '../config/home.ts';
import { DamagedHomeFile } from './stack/errors.ts';
import { createOnce, readIfThere, writeWhole } from './stack/files.ts';

export interface SigningKey {
  /** PKCS #8 in PEM, mode 0600. */
  privateKeyPath: string;
  /** SPKI in PEM. */
  publicKeyPath: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/**
 * The home's key pair, made when there is none. Two at once get the same one. A lost public half is written anew.
 * @throws DamagedHomeFile when the private key can't be read or is of another kind; it is never replaced, because
 *   every version signed by it would lose its proof
 */
export function ensureSigningKey(home: string): SigningKey {
  const { signingKey: privateKeyPath, publicKey: publicKeyPath } = homePaths(home);
  const fresh = generateKeyPairSync('ed25519');
  createOnce(privateKeyPath, fresh.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  chmodSync(privateKeyPath, 0o600);
  const privateKey = readPrivateKey(privateKeyPath);
  const publicKey = createPublicKey(privateKey);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  if (readIfThere(publicKeyPath) !== publicPem) writeWhole(publicKeyPath, publicPem, 0o644);
  return { privateKeyPath, publicKeyPath, privateKey, publicKey };
}

function readPrivateKey(path: string): KeyObject {
  const expected = 'an Ed25519 private key in PEM';
  let key: KeyObject;
  try {
    key = createPrivateKey(readIfThere(path) ?? '');
  } catch (cause) {
    throw new DamagedHomeFile(path, expected, { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new DamagedHomeFile(path, expected);
  return key;
}
