// A named version in memory, verified as the inference worker verifies it; and the predictor of it.

import { existsSync, readFileSync } from 'node:fs';
import type { ModelVersion } from '../../artifacts/manifests.ts';
import { encodedPublicKey } from '../../artifacts/signature.ts';
import { trustedKeysOf } from '../../config/lists.ts';
import type { LoadedModel } from '../../inference/load-model.ts';
import type { Predictor } from '../../inference/predictor.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { findVersion } from './find-version.ts';

export interface NamedVersion {
  model: string;
  /** A number or an alias. */
  at: string;
}

/** @throws NoSuchVersion, UntrustedModel, ForbiddenModel, DamagedArtifact, MalformedGolden */
export async function openVersion(
  context: CliContext,
  { model, at }: NamedVersion,
): Promise<{ version: ModelVersion; loaded: LoadedModel }> {
  const store = await context.store();
  const version = await findVersion(store, model, at);
  const { loadModel } = await import('../../inference/load-model.ts');
  return { version, loaded: await loadModel({ store, version, trustedKeys: trustedKeys(context) }) };
}

/** @throws as `openVersion`, and GoldenMismatch, RuntimeFailure */
export async function openPredictor(context: CliContext, named: NamedVersion): Promise<Predictor> {
  // The runtime's native library takes longer to load than other verbs run.
  const [{ createPredictor }, { loaded }] = await Promise.all([
    import('../../inference/predictor.ts'),
    openVersion(context, named),
  ]);
  return createPredictor(loaded);
}

/** Undefined where there are none: a machine without a home of its own then checks for damage only. */
function trustedKeys({ environment, paths }: CliContext): string[] | undefined {
  const keys = trustedKeysOf(environment);
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
