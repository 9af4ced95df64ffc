// The predictor of a named version, verified on the way.

import { existsSync, readFileSync } from 'node:fs';
import { encodedPublicKey } from '../../artifacts/signature.ts';
import type { Predictor } from '../../inference/predictor.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { findVersion } from './find-version.ts';

/** @throws NoSuchVersion, UntrustedModel, GoldenMismatch, DamagedArtifact, RuntimeFailure */
export async function openPredictor(
  context: CliContext,
  { model, at }: { model: string; at: string },
): Promise<Predictor> {
  const store = await context.store();
  const version = await findVersion(store, model, at);
  // The runtime's native library takes longer to load than other verbs run.
  const [{ loadModel }, { createPredictor }] = await Promise.all([
    import('../../inference/load-model.ts'),
    import('../../inference/predictor.ts'),
  ]);
  return createPredictor(await loadModel({ store, version, trustedKeys: trustedKeys(context) }));
}

/**
 * The home's own key and those of DIGITFLOW_TRUSTED_KEYS (SPKI in DER, base64, separated by commas).
 * Undefined where there are none: a machine without a home of its own then checks for damage only.
 */
function trustedKeys({ environment, paths }: CliContext): string[] | undefined {
  const keys = (environment['DIGITFLOW_TRUSTED_KEYS'] ?? '').split(',').filter((key) => key !== '');
  if (existsSync(paths.publicKey)) keys.push(encodedKey(paths.publicKey));
  return keys.length === 0 ? undefined : keys;
}

function encodedKey(path: string): string {
  try {
    return encodedPublicKey(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CommandFailed(`${path}: expected a public key in PEM`, { cause: error });
  }
}
