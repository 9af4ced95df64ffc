// Which runs are open. Asked before anything else is looked at: a run that is found closed here has written all it ever will
// by the time the store is listed, so that nothing slips through between the two.

import { keys, runOfKey } from '../keys.ts';
import type { RunIdentity } from '../manifests/common.ts';
import type { Store } from '../store.ts';

/** What Temporal knows of a run. */
export type RunKnowledge = 'open' | 'closed' | 'unknown';

export interface OpenRunsOptions {
  store: Store;
  /** Asked for every run; absent where Temporal can't be asked: then a run without an outcome is open. */
  askRun?: ((run: RunIdentity, isEnded: boolean) => Promise<RunKnowledge>) | undefined;
  /** Called often. */
  onProgress: () => Promise<void>;
}

/** By the key of the run's record; whatever is not in it began later, and is open. */
export type KnownRuns = ReadonlyMap<string, 'open' | 'closed'>;

export async function askRuns({ store, askRun, onProgress }: OpenRunsOptions): Promise<KnownRuns> {
  const runs = new Map<string, { identity: RunIdentity; isEnded: boolean }>();
  for await (const { key } of store.list(keys.runs)) {
    const identity = runOfKey(key);
    if (identity === undefined) continue;
    const name = keys.run(identity);
    const isEnded = runs.get(name)?.isEnded === true || key === keys.outcome(identity);
    runs.set(name, { identity, isEnded });
  }
  const known = new Map<string, 'open' | 'closed'>();
  for (const [name, { identity, isEnded }] of runs) {
    await onProgress();
    const told = askRun === undefined ? undefined : await askRun(identity, isEnded);
    known.set(name, told === 'open' || (told === undefined && !isEnded) ? 'open' : 'closed');
  }
  return known;
}
