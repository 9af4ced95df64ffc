// People's corrections on their way into a dataset: listed by the worker when ingest begins, and asked for once more when
// it ends, because one that a person deletes meanwhile must not slip in.

import type { Clock } from '../artifacts/clock.ts';
import { allIds, pinCorrections, type PinnedCorrection } from '../artifacts/feedback-list.ts';
import type { Store } from '../artifacts/store.ts';
import type { SourceConfiguration } from '../config/schema.ts';
import { SourceChanged } from './errors.ts';

/** @returns undefined for every other source @throws InvalidRecord for a damaged correction, and the store's errors */
export async function correctionsFor(
  source: SourceConfiguration,
  { store, clock }: { store: Store; clock: Clock },
): Promise<PinnedCorrection[] | undefined> {
  const among = source.kind === 'mixed' ? source.sources.map((each) => each.source) : [source];
  const feedback = among.find((each) => each.kind === 'feedback');
  return feedback === undefined ? undefined : pinCorrections({ store, clock }, feedback);
}

/** @throws SourceChanged (retryable: the next attempt lists anew) when one of them was deleted since */
export async function refuseDeleted(pinned: readonly PinnedCorrection[], store: Store): Promise<void> {
  if (pinned.length === 0) return;
  const live = new Set((await allIds(store)).live);
  const deleted = pinned.filter(({ id }) => !live.has(id)).length;
  if (deleted > 0)
    throw new SourceChanged(
      `feedback: expected ${pinned.length} corrections to stand, got ${deleted} deleted meanwhile`,
    );
}
