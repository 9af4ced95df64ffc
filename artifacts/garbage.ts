// Deletes what nothing reaches any more. Safe beside running pipelines, other collections and kills at any moment: what is
// young is left alone, what is old is announced before it goes (see standing.ts), and what names goes before what is named.

import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import { openCollection, type Collection } from './garbage/collection.ts';
import { takeInventory } from './garbage/inventory.ts';
import { markReachable, type Marked } from './garbage/mark.ts';
import { askRuns, type RunKnowledge } from './garbage/open-runs.ts';
import { planGarbage, type Garbage, type GarbageKind } from './garbage/plan.ts';
import { sweep, type SweepEnd } from './garbage/sweep.ts';
import { COLLECTOR_SILENT_MS, DATE_SLACK_MS, GRACE_MS, openCollections } from './standing.ts';
import { keys } from './keys.ts';
import type { RunIdentity } from './manifests/common.ts';
import type { Store } from './store.ts';

export type { Garbage, GarbageKind, RunKnowledge };
export { GRACE_MS };

/** Runs that stay although nothing else needs them: what people look at, and what the next run reuses. */
export const KEPT_RUNS = 20;

/** Thrown when a grace shorter than a day is asked for while somebody may count on what is young. Nothing was deleted. */
export class GraceTooShort extends Error {
  override readonly name = 'GraceTooShort';
  readonly retryable = false;
  /** What is open, for people. */
  readonly open: string[];
  constructor(graceMs: number, open: string[]) {
    const shown = open.slice(0, 5).join(', ') + (open.length > 5 ? ` and ${open.length - 5} more` : '');
    super(
      `garbage collection: expected a grace of at least ${GRACE_MS / 3_600_000} h while anything is open, ` +
        `got ${graceMs / 1000} s beside ${shown}`,
    );
    this.open = open;
  }
}

export interface CollectionOptions {
  store: Store;
  clock: Clock;
  /** Of its record. @default a new one */
  id?: string;
  /** What is younger stays. Less than a day: only when nothing is open; runs that begin meanwhile wait. @default a day */
  graceMs?: number;
  /** The newest runs that stay with all they made. @default 20 */
  keepRuns?: number;
  /** Lists what would go, and deletes nothing. @default false */
  dryRun?: boolean;
  /** What Temporal knows of a run. Without it every run that has no outcome counts as open. */
  askRun?: (run: RunIdentity, isEnded: boolean) => Promise<RunKnowledge>;
  /** Inputs of runs that have no record yet, as JSON: what they name stays. */
  documents?: readonly Uint8Array[];
  signal?: AbortSignal;
  onProgress?: (progress: CollectionProgress) => void;
}

export type CollectionProgress =
  { phase: 'looking'; objects: number } | { phase: 'deleting'; done: number; total: number; sizeBytes: number };

export interface CollectionResult {
  /** Everything that was looked at. */
  objects: number;
  sizeBytes: number;
  /** What went, or would go in a dry run. */
  garbage: Garbage[];
  /** `over`: the rest is left for the next collection. `unanswered`: the store stopped answering; say it again later. */
  end: SweepEnd;
}

/**
 * @throws GraceTooShort; CollectionLost; InvalidRecord for a damaged version or alias; the store's errors; the signal's
 *   reason. Whatever was deleted until then was garbage.
 */
export async function collectGarbage(options: CollectionOptions): Promise<CollectionResult> {
  const { store, clock, id = randomUUID(), graceMs = GRACE_MS, dryRun = false } = options;
  const startedMs = clock.monotonic();
  const nowMs = await store.now();
  if (dryRun) return { ...(await look(options, nowMs)).found, end: 'done' };

  const collection = await openCollection({ store, clock }, { id, graceMs, startedMs: nowMs });
  let end: SweepEnd = 'done';
  try {
    const { found, marked } = await look({ ...options, id }, nowMs, collection);
    if (graceMs < GRACE_MS) await refuseBesideOthers(store, { graceMs, id, marked });
    const deleted = new Set<Garbage>();
    let sizeBytes = 0;
    end = await sweep(found.garbage, {
      store,
      collection,
      // Who began to count on something after the marking may rely on this: see standing.ts.
      isOver: () =>
        options.signal?.aborted === true || clock.monotonic() - startedMs >= Math.max(graceMs, GRACE_MS) / 4,
      onDeleted(garbage) {
        deleted.add(garbage);
        sizeBytes += garbage.sizeBytes;
        const progress = { done: deleted.size, total: found.garbage.length, sizeBytes };
        options.onProgress?.({ phase: 'deleting', ...progress });
      },
    });
    options.signal?.throwIfAborted();
    return { ...found, garbage: found.garbage.filter((each) => deleted.has(each)), end };
  } finally {
    // One whose last words may still be acted on stays, for others to see; it is garbage itself, later.
    if (end !== 'unanswered') await collection.end().catch(() => undefined);
  }
}

async function look(
  {
    store,
    id = '',
    graceMs = GRACE_MS,
    keepRuns = KEPT_RUNS,
    askRun,
    documents,
    signal,
    onProgress,
  }: CollectionOptions,
  nowMs: number,
  collection?: Collection,
): Promise<{ found: Omit<CollectionResult, 'end'>; marked: Marked }> {
  const alive = async (): Promise<void> => {
    signal?.throwIfAborted();
    await collection?.renew();
  };
  // The store's time is known to the second: what was written within this one must not look as if it were still to come.
  const leastAgeMs = graceMs === 0 ? -DATE_SLACK_MS : graceMs;
  const say = (objects: number): void => onProgress?.({ phase: 'looking', objects });
  const known = await askRuns({ store, askRun, onProgress: alive });
  const inventory = await takeInventory(store, { except: keys.collection(id), onObjects: say, onPage: alive });
  const marked = await markReachable(inventory, {
    store,
    nowMs,
    leastAgeMs,
    keepRuns,
    known,
    ...(documents && { documents }),
    onProgress: alive,
  });
  const garbage = await planGarbage(inventory, marked.reachable, { store, nowMs, leastAgeMs });
  const sizeBytes = [...inventory.objects.values()].reduce((sum, info) => sum + info.sizeBytes, 0);
  return { found: { objects: inventory.objects.size, sizeBytes, garbage }, marked };
}

/** Asked after the record of this collection stands: whoever begins later sees it and waits. */
async function refuseBesideOthers(
  store: Store,
  { graceMs, id, marked }: { graceMs: number; id: string; marked: Marked },
): Promise<void> {
  const others = (await openCollections(store)).filter(
    ({ record, ageMs }) => record.id !== id && ageMs <= COLLECTOR_SILENT_MS,
  );
  const open = [
    ...marked.openRuns.map(({ workflowId }) => `run ${workflowId}`),
    ...marked.openLeases.map((key) => key.replace(/\.json$/, '')),
    ...others.map(({ record }) => `collection ${record.id}`),
  ];
  if (open.length > 0) throw new GraceTooShort(graceMs, open);
}
