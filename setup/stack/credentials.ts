// The keys of this home's object store: made once, from the system's randomness, readable by the owner only.

import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { readCredentials, type StoreCredentials } from '../../config/endpoints.ts';
import { createOnce } from './files.ts';

/**
 * The keys in the file, made when there are none. Two at once get the same ones.
 * @throws InvalidHomeFile
 */
export function ensureCredentials(path: string): StoreCredentials {
  const fresh: StoreCredentials = {
    accessKey: `digitflow-${randomBytes(6).toString('hex')}`,
    secretKey: randomBytes(30).toString('base64url'),
  };
  if (createOnce(path, JSON.stringify(fresh, null, 2))) return fresh;
  chmodSync(path, 0o600); // a copied home may have been unpacked readable for all
  const known = readCredentials(path);
  return known ?? ensureCredentials(path);
}
