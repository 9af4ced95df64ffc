// Runs as the store remembers them. Temporal is not asked here: its database may be lost, these records are not.

import { keys, runOfKey } from '../../artifacts/keys.ts';
import {
  type OutcomeRecord,
  parseOutcome,
  type ParkingRecord,
  parseParking,
  parseRunRecord,
  parseRunStepRecord,
  type RunIdentity,
  type RunRecord,
  type RunStepRecord,
} from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';

export interface StoredRun {
  identity: RunIdentity;
  /** Missing when the run ended before its input was resolved. */
  record?: RunRecord;
  outcome?: OutcomeRecord;
}

/** Every run that left a record, newest first by when that was written, without reading any of them. */
export async function storedIdentities(store: Store, workflowId?: string): Promise<RunIdentity[]> {
  const found = new Map<string, { identity: RunIdentity; at: number }>();
  for await (const info of store.list(workflowId === undefined ? keys.runs : keys.runsOf(workflowId))) {
    const identity = runOfKey(info.key);
    if (identity === undefined) continue;
    const name = keys.run(identity);
    // run.json is the first of a run's records; where it is missing, any other one dates the run.
    if (info.key === name || !found.has(name)) found.set(name, { identity, at: info.lastModified.getTime() });
  }
  return [...found.values()].sort((a, b) => b.at - a.at).map(({ identity }) => identity);
}

/** @throws InvalidRecord when a record was damaged */
export async function readStoredRun(store: Store, identity: RunIdentity): Promise<StoredRun> {
  const [record, outcome] = await Promise.all([store.get(keys.run(identity)), store.get(keys.outcome(identity))]);
  return {
    identity,
    ...(record !== undefined && { record: parseRunRecord(record.bytes, record.key) }),
    ...(outcome !== undefined && { outcome: parseOutcome(outcome.bytes, outcome.key) }),
  };
}

/** What each finished step of the run left, in the order they finished. @throws InvalidRecord */
export async function readRunSteps(store: Store, identity: RunIdentity): Promise<RunStepRecord[]> {
  const steps: RunStepRecord[] = [];
  for await (const { key } of store.list(keys.runSteps(identity))) {
    const stored = await store.get(key);
    if (stored !== undefined) steps.push(parseRunStepRecord(stored.bytes, key));
  }
  return steps.sort((a, b) => Date.parse(a.finishedAt) - Date.parse(b.finishedAt));
}

/** Every parking of the run, oldest first. @throws InvalidRecord */
export async function readParkings(store: Store, identity: RunIdentity): Promise<ParkingRecord[]> {
  const parkings: ParkingRecord[] = [];
  for await (const { key } of store.list(keys.parkings(identity))) {
    const stored = await store.get(key);
    if (stored !== undefined) parkings.push(parseParking(stored.bytes, key));
  }
  return parkings.sort((a, b) => Date.parse(a.parkedAt) - Date.parse(b.parkedAt));
}
