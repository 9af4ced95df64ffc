// Whether a version's record is true to itself and somebody trusted vouches for it. Its files are checked as they are read.

import { keys } from '../../artifacts/keys.ts';
import { modelDigest, type ModelVersion } from '../../artifacts/manifests.ts';
import { modelStatement, verifyStatement } from '../../artifacts/signature.ts';
import { UntrustedModel } from './errors.ts';

export interface Trust {
  /** Public keys as SPKI in DER, base64. Undefined: any key will do, and only damage is found. */
  trustedKeys: string[] | undefined;
  /** Takes versions without a signature that holds. Digests are checked all the same. @default false */
  insecureUnsigned?: boolean;
}

/** @throws UntrustedModel */
export function verifyVersion(version: ModelVersion, { trustedKeys, insecureUnsigned = false }: Trust): void {
  if (version.deletedAt !== undefined)
    throw new UntrustedModel(version, `was withdrawn at ${version.deletedAt}`, { reason: 'withdrawn' });
  const digest = modelDigest(version);
  if (digest !== version.digest)
    throw new UntrustedModel(version, `expected the digest ${version.digest}, got ${digest} from its content`, {
      reason: 'digest',
    });
  for (const { key, sha256 } of [...version.files, version.golden])
    if (key !== keys.blob(sha256))
      // neither digest nor signature covers it, and others read by it
      throw new UntrustedModel(version, `expected the key ${keys.blob(sha256)}, got ${key}`, { reason: 'record' });
  if (insecureUnsigned) return;
  try {
    verifyStatement(modelStatement(version.name, version, version.golden.sha256), version.signature, trustedKeys);
  } catch (cause) {
    throw new UntrustedModel(version, 'its signature does not hold', { reason: 'signature', cause });
  }
}
