// What keeps what alive. Everything that is reachable from here stays, whatever its age.
//
//   model versions in use ─▶ their files, what they were made of, the run that made them
//   aliases               ─▶ archived moves
//   names of datasets     ─▶ what they were packed from, the step record, the dataset
//   schedules             ─▶ what was packed for their runs
//   open and parked runs, the newest runs ─▶ their records ─▶ finished steps ─▶ blobs ─▶ what those name
//   leases of such runs   ─▶ checkpoints

import { concurrently } from '../concurrently.ts';
import { keys } from '../keys.ts';
import type { RunIdentity } from '../manifests/common.ts';
import { parseLease, type LeaseRecord } from '../manifests/lease.ts';
import { parseModelVersion } from '../manifests/model-version.ts';
import { InvalidRecord } from '../manifests/parse.ts';
import { parseRunRecord } from '../manifests/run.ts';
import type { ObjectInfo, Store } from '../store.ts';
import type { Inventory, StoredRun } from './inventory.ts';
import type { KnownRuns } from './open-runs.ts';
import { digestsIn, referencesIn, type References } from './references.ts';

const READS_AT_ONCE = 8;
/** Renewed every five seconds while somebody holds it. */
const LEASE_SILENT_MS = 120_000;

export interface MarkOptions {
  store: Store;
  nowMs: number;
  /** What is younger may not be deleted. */
  leastAgeMs: number;
  keepRuns: number;
  known: KnownRuns;
  /** Further JSON whose refs count, e.g. the inputs of runs that nobody has begun to work on. */
  documents?: readonly Uint8Array[];
  /** Called often. */
  onProgress: () => Promise<void> | void;
}

export interface Marked {
  reachable: Set<string>;
  openRuns: RunIdentity[];
  /** Keys of leases that somebody holds. */
  openLeases: string[];
}

/** @throws InvalidRecord for a damaged version or alias: nothing is deleted while it is unknown what those name */
export async function markReachable(inventory: Inventory, options: MarkOptions): Promise<Marked> {
  const { store, nowMs, leastAgeMs, documents = [], onProgress } = options;
  const { objects } = inventory;
  const reachable = new Set<string>();
  const toRead: string[] = [];

  /** Marks a key; @returns whether it is new and stands */
  const mark = (key: string): boolean => {
    if (reachable.has(key)) return false;
    reachable.add(key);
    return objects.has(key);
  };
  const follow = ({ blobs, manifests, steps }: References): void => {
    for (const key of manifests) if (mark(key)) toRead.push(key);
    for (const key of blobs) mark(key);
    for (const { step, stepKey } of steps) {
      const key = keys.step(step, stepKey);
      if (mark(key)) toRead.push(key);
    }
  };
  const read = async (key: string): Promise<Uint8Array | undefined> => {
    await onProgress();
    return (await store.get(key))?.bytes;
  };
  const followAll = async (found: readonly string[]): Promise<void> => {
    await concurrently(found, READS_AT_ONCE, async (key) => {
      mark(key);
      const bytes = await read(key);
      if (bytes !== undefined) follow(referencesIn(bytes));
    });
  };

  for (const document of documents) follow(referencesIn(document));

  const { open, kept } = sortRuns(inventory, options);
  const makers = new Set<string>();
  for (const { key } of inventory.under(keys.models)) {
    mark(key);
    const bytes = await read(key);
    if (bytes === undefined) continue;
    if (!key.includes('/versions/')) {
      follow(referencesIn(bytes));
      continue;
    }
    const version = parseModelVersion(bytes, key);
    if (version.deletedAt !== undefined) continue;
    follow(referencesIn(bytes));
    for (const each of digestsIn(version.code)) if (objects.has(each) && mark(each)) toRead.push(each);
    makers.add(keys.run(version.run));
  }
  await followAll([keys.datasets, keys.schedules].flatMap(inventory.under).map(({ key }) => key));
  // A run of one step reads what another run recorded, and that is named in no record of its own until it has ended.
  for (const run of open) {
    const bytes = await read(keys.run(run));
    const of = bytes && takenFrom(bytes);
    if (of !== undefined) makers.add(keys.run(of));
  }
  for (const run of inventory.runs) if (makers.has(keys.run(run.identity))) kept.add(run);
  await followAll([...kept].flatMap((run) => run.objects.map(({ key }) => key)));

  const isYoung = ({ lastModified }: ObjectInfo): boolean => nowMs - lastModified.getTime() < leastAgeMs;
  // A record that may not be deleted yet keeps what it names: nothing that stands names what is gone.
  await followAll(
    inventory
      .under(keys.steps)
      .filter(isYoung)
      .map(({ key }) => key),
  );

  const alive = new Set([...kept].map(({ identity }) => identity.workflowId));
  const openLeases: string[] = [];
  for (const info of inventory.under(keys.leases)) {
    const bytes = await read(info.key);
    const lease = bytes && readLease(bytes);
    if (lease === undefined) continue;
    const isHeld = !lease.released && nowMs - info.lastModified.getTime() < LEASE_SILENT_MS;
    if (isHeld) openLeases.push(info.key);
    if (!isHeld && !alive.has(lease.workflowId)) continue;
    mark(info.key);
    const [step, stepKey] = stepOfLease(info.key);
    if (objects.has(keys.step(step, stepKey))) continue; // a finished step needs no checkpoint
    for (const { key } of inventory.under(keys.checkpoints(stepKey))) mark(key);
  }

  for (let batch = toRead.splice(0); batch.length > 0; batch = toRead.splice(0)) await followAll(batch);
  return { reachable, openRuns: open, openLeases };
}

function sortRuns(
  { runs }: Inventory,
  { nowMs, leastAgeMs, keepRuns, known }: MarkOptions,
): { open: RunIdentity[]; kept: Set<StoredRun> } {
  const kept = new Set(runs.slice(0, keepRuns));
  const open: RunIdentity[] = [];
  for (const run of runs) {
    const isOpen = known.get(keys.run(run.identity)) !== 'closed';
    if (isOpen) open.push(run.identity);
    if (isOpen || (!run.isEnded && nowMs - run.newestMs < leastAgeMs)) kept.add(run);
  }
  return { open, kept };
}

function takenFrom(bytes: Uint8Array): RunIdentity | undefined {
  try {
    return parseRunRecord(bytes).rerun?.['of'] as RunIdentity | undefined;
  } catch (error) {
    if (error instanceof InvalidRecord) return undefined;
    throw error;
  }
}

function readLease(bytes: Uint8Array): LeaseRecord | undefined {
  try {
    return parseLease(bytes);
  } catch (error) {
    if (error instanceof InvalidRecord) return undefined;
    throw error;
  }
}

function stepOfLease(key: string): [step: string, stepKey: string] {
  const [, step = '', file = ''] = key.split('/');
  return [decodeURIComponent(step), file.replace(/\.json$/, '')];
}
