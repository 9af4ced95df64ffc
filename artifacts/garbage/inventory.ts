// Everything that a collection may look at, listed once. What stands under other prefixes is nobody's garbage.

import { keys, runOfKey } from '../keys.ts';
import type { RunIdentity } from '../manifests/common.ts';
import type { ObjectInfo, Store } from '../store.ts';

export interface StoredRun {
  identity: RunIdentity;
  objects: ObjectInfo[];
  isEnded: boolean;
  /** When the newest of its objects was written, in ms. */
  newestMs: number;
  /** When it ended, or wrote last. Stays the same while its folder is deleted: the outcome goes last. */
  endedMs: number;
}

export interface Inventory {
  /** By key, in the order of listing. */
  objects: Map<string, ObjectInfo>;
  /** Ended last first. */
  runs: StoredRun[];
  under: (prefix: string) => ObjectInfo[];
}

const PAGE = 1_000;

/**
 * Runs are listed before models: a run that has published and ended meanwhile is either still seen open or already seen as a
 * version. Blobs come last: all that stands is seen with what names it.
 */
const PREFIXES = [
  keys.runs,
  keys.leases,
  keys.models,
  keys.datasets,
  keys.schedules,
  keys.steps,
  keys.everyCheckpoint,
  keys.collections,
  keys.sessions,
  keys.feedback,
  keys.probes,
  keys.blobs,
];

export interface InventoryOptions {
  /** The collection's own record: not there when it has ended. */
  except: string;
  onObjects: (count: number) => void;
  /** Called for each page of the listing. */
  onPage: () => Promise<void>;
}

export async function takeInventory(store: Store, { except, onObjects, onPage }: InventoryOptions): Promise<Inventory> {
  const objects = new Map<string, ObjectInfo>();
  for (const prefix of PREFIXES) {
    await onPage();
    for await (const info of store.list(prefix)) {
      if (info.key !== except) objects.set(info.key, info);
      if (objects.size % PAGE !== 0) continue;
      onObjects(objects.size);
      await onPage();
    }
  }
  onObjects(objects.size);
  const byFolder = new Map<string, ObjectInfo[]>();
  for (const info of objects.values()) {
    const folder = folderOf(info.key);
    const listed = byFolder.get(folder) ?? [];
    listed.push(info);
    byFolder.set(folder, listed);
  }
  return {
    objects,
    runs: runsOf(objects),
    under: (prefix) => (byFolder.get(folderOf(prefix)) ?? []).filter(({ key }) => key.startsWith(prefix)),
  };
}

const folderOf = (key: string): string => key.slice(0, key.indexOf('/') + 1);

function runsOf(objects: Map<string, ObjectInfo>): StoredRun[] {
  const runs = new Map<string, StoredRun>();
  for (const info of objects.values()) {
    const identity = runOfKey(info.key);
    if (identity === undefined) continue;
    const writtenMs = info.lastModified.getTime();
    const first = keys.run(identity);
    const run = runs.get(first) ?? {
      identity,
      objects: [],
      isEnded: objects.has(keys.outcome(identity)),
      newestMs: writtenMs,
      endedMs: objects.get(keys.outcome(identity))?.lastModified.getTime() ?? writtenMs,
    };
    run.objects.push(info);
    run.newestMs = Math.max(run.newestMs, writtenMs);
    if (!run.isEnded) run.endedMs = run.newestMs;
    runs.set(first, run);
  }
  return [...runs.values()].sort((a, b) => b.endedMs - a.endedMs);
}
