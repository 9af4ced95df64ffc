// Why a step of a run has the key it has: its record beside that of another run's step, and on to the step that a
// different input came from. Asks the store alone.

import { keyDifferences, type KeyDifference } from '../../artifacts/key-differences.ts';
import { keys } from '../../artifacts/keys.ts';
import {
  InvalidRecord,
  parseRunStepRecord,
  parseStepRecord,
  type RunIdentity,
  type RunStepRecord,
  type StepRecord,
} from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import { storedIdentities } from './stored-runs.ts';

/** One step of a run, by the name it has there (`augment-2` is a part of the pool), and what its key was made of. */
export interface KeyedStep {
  name: string;
  ofRun: RunStepRecord;
  /** Missing for a step that is not reused by key (publish), and when the record was collected or can't be read. */
  record: StepRecord | undefined;
}

export interface ComparedStep {
  step: string;
  differences: KeyDifference[];
  /** Of a step whose input differs: the earlier step that made that input, compared in turn. */
  because?: ComparedStep;
}

/** Every finished step of a run. @throws InvalidRecord when a record was damaged */
export async function readKeyedSteps(store: Store, run: RunIdentity): Promise<KeyedStep[]> {
  const prefix = keys.runSteps(run);
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  const steps = await Promise.all(
    found.map(async (key) => {
      const stored = await store.get(key);
      if (stored === undefined) return undefined;
      const ofRun = parseRunStepRecord(stored.bytes, key);
      const recordKey = keys.step(ofRun.step, ofRun.stepKey);
      const record = await store.get(recordKey);
      return {
        name: decodeURIComponent(key.slice(prefix.length).replace(/\.json$/, '')),
        ofRun,
        record: record === undefined ? undefined : readable(record.bytes, recordKey),
      };
    }),
  );
  return steps.filter((step) => step !== undefined);
}

/** A record that is damaged, or older than what is known of records, tells nothing; the next run replaces it. */
function readable(bytes: Uint8Array, key: string): StepRecord | undefined {
  try {
    return parseStepRecord(bytes, key);
  } catch (error) {
    if (error instanceof InvalidRecord) return undefined;
    throw error;
  }
}

/** The newest run with that step that began before `run`; else the newest that began after it. */
export async function runToCompare(store: Store, run: RunIdentity, step: string): Promise<RunIdentity | undefined> {
  const all = await storedIdentities(store);
  const at = all.findIndex((one) => keys.run(one) === keys.run(run));
  for (const other of [...all.slice(at + 1), ...all.slice(0, Math.max(0, at))])
    if ((await store.head(keys.runStep(other, step))) !== undefined) return other;
  return undefined;
}

/** How the step `name` of one run differs from that of another; undefined where one of them has no record. */
export function compareSteps(
  from: readonly KeyedStep[],
  to: readonly KeyedStep[],
  name: string,
): ComparedStep | undefined {
  const [before, after] = [from, to].map((steps) => steps.find((one) => one.name === name)?.record);
  if (before === undefined || after === undefined) return undefined;
  const differences = keyDifferences(before, after);
  // What a step does by itself is told before what it was given.
  const input = differences.find((each) => each.kind === 'input');
  const maker = input === undefined ? undefined : to.find(({ ofRun }) => ofRun.output.sha256 === input.to)?.name;
  const because = maker === undefined || maker === name ? undefined : compareSteps(from, to, maker);
  return { step: name, differences, ...(because !== undefined && { because }) };
}
