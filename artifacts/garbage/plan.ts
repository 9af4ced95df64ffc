// Which of the objects go: those that nothing reaches and that are old enough, in the order in which they go.

import { CORRECTION_LIFETIME_DAYS } from '../feedback.ts';
import { hasExpired, readRecord } from '../feedback-list.ts';
import { correctionOfKey, keys } from '../keys.ts';
import { InvalidRecord } from '../manifests/parse.ts';
import { COLLECTOR_GONE_MS } from '../standing.ts';
import type { ObjectInfo, Store } from '../store.ts';
import type { Inventory } from './inventory.ts';

const DAY_MS = 86_400_000;
/** Figures of sessions are kept as long as what people corrected in them. */
const SESSION_LIFETIME_MS = CORRECTION_LIFETIME_DAYS * DAY_MS;

/** In the order of deletion: what names something goes before what it names. */
export const GARBAGE_KINDS = [
  'runs',
  'outcomes',
  'steps',
  'leases',
  'checkpoints',
  'sessions',
  'corrections',
  'probes',
  'collections',
  'blobs',
] as const;
export type GarbageKind = (typeof GARBAGE_KINDS)[number];

export interface Garbage extends ObjectInfo {
  kind: GarbageKind;
  /** The least age at which it may go. */
  leastAgeMs: number;
}

export interface PlanOptions {
  store: Store;
  nowMs: number;
  leastAgeMs: number;
}

export async function planGarbage(
  inventory: Inventory,
  reachable: ReadonlySet<string>,
  { store, nowMs, leastAgeMs }: PlanOptions,
): Promise<Garbage[]> {
  const older = (kind: GarbageKind, objects: readonly ObjectInfo[], ageMs = leastAgeMs): Garbage[] =>
    objects
      .filter(({ key, lastModified }) => !reachable.has(key) && nowMs - lastModified.getTime() >= ageMs)
      .map((info) => ({ ...info, kind, leastAgeMs: ageMs }));
  const { under } = inventory;
  // Whole runs only: a run that has lost its outcome would be taken for one that is still open.
  const unreachableRuns = inventory.runs.filter(
    ({ objects, newestMs }) => nowMs - newestMs >= leastAgeMs && !objects.some(({ key }) => reachable.has(key)),
  );
  const ofRuns = unreachableRuns.flatMap(({ objects }) => objects);
  return [
    ...older(
      'runs',
      ofRuns.filter(({ key }) => !isOutcome(key)),
    ),
    ...older(
      'outcomes',
      ofRuns.filter(({ key }) => isOutcome(key)),
    ),
    ...older('steps', under(keys.steps)),
    ...older('leases', under(keys.leases)),
    ...older('checkpoints', under(keys.everyCheckpoint)),
    ...older('sessions', under(keys.sessions), SESSION_LIFETIME_MS),
    ...older('corrections', await expiredCorrections(inventory, { store, nowMs }), 0),
    ...older('probes', [...under(keys.probes), ...under(keys.feedbackProbes)]),
    ...older('collections', under(keys.collections), Math.max(COLLECTOR_GONE_MS, leastAgeMs)),
    ...older('blobs', under(keys.blobs)),
  ];
}

const isOutcome = (key: string): boolean => key.endsWith('/outcome.json');

/** Those whose time is over, and those that a late write brought back beside their tombstone. */
async function expiredCorrections(
  { objects, under }: Inventory,
  { store, nowMs }: { store: Store; nowMs: number },
): Promise<ObjectInfo[]> {
  const gone: string[] = [];
  for (const { key } of under(keys.corrections)) {
    const id = correctionOfKey(key);
    if (id === undefined) continue;
    if (objects.has(keys.deletedCorrection(id))) {
      gone.push(id);
      continue;
    }
    const madeMs = Number.parseInt(id.slice(0, 12), 16);
    if (madeMs + SESSION_LIFETIME_MS > nowMs) continue;
    const record = await readRecord(store, id);
    if (record !== undefined && !(record instanceof InvalidRecord) && hasExpired(record, { now: () => nowMs }))
      gone.push(id);
  }
  return gone.flatMap((id) => objects.get(keys.correction(id)) ?? []);
}
