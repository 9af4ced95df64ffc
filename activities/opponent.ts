// Whom a challenger meets: the newest champion that does not stem from the same training.

import { readAliases, readVersion, VersionMissing } from '../artifacts/registry.ts';
import type { ArtifactRef, Store } from '../artifacts/store.ts';

export interface Opponent {
  version: number;
  digest: string;
}

/**
 * A repeated run whose model became champion meets the champion it met before, so that its evaluation is the same and is
 * reused; otherwise every model would meet itself the second time.
 *
 * A version without a manifest can't be met. Passing it over promotes nobody by mistake: the champion only moves from the
 * version that was met, and publish gives a lost manifest back where this run makes its content.
 */
export async function findOpponent(store: Store, model: string, training: ArtifactRef): Promise<Opponent | null> {
  const { champion, moves } = await readAliases(store, model);
  const earlier = moves
    .filter(({ alias }) => alias === 'champion')
    .flatMap(({ from }) => (from === null ? [] : [from]));
  const candidates = champion === undefined ? [] : [champion, ...earlier.toReversed()];
  for (const number of candidates) {
    const version = await readVersion(store, model, number).catch((error: unknown) => {
      if (error instanceof VersionMissing) return undefined;
      throw error;
    });
    if (version === undefined) continue;
    if (version.code['training'] === training.sha256) continue;
    return { version: number, digest: version.digest };
  }
  return null;
}
