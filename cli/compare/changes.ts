// In what two subjects differ before anything is measured: configuration, code, packages, engine.

import { canonicalJson } from '../../artifacts/canonical.ts';
import { keyDifferences, type KeyDifference } from '../../artifacts/key-differences.ts';
import { flatten } from '../format.ts';
import type { Subject } from './subject.ts';

export interface ConfigurationChange {
  /** e.g. `train.trainSteps`. */
  key: string;
  /** Undefined where one has no such value, e.g. another kind of source. */
  a: unknown;
  b: unknown;
}

export interface MadeChange {
  /** Steps by their names in the run, in which it differs. */
  steps: string[];
  difference: KeyDifference;
}

export interface Changes {
  /** Undefined where a run's record was collected. */
  configuration: ConfigurationChange[] | undefined;
  /** Code, packages and engine of the steps that both runs have a record of. */
  made: MadeChange[];
  /** Steps whose records were collected, so that nothing is said of them. */
  unknown: string[];
}

export function changesBetween(a: Subject, b: Subject): Changes {
  return {
    configuration:
      a.record === undefined || b.record === undefined
        ? undefined
        : configurationChanges(a.record.configuration, b.record.configuration),
    ...madeChanges(a, b),
  };
}

type Json = Record<string, unknown>;

export function configurationChanges(a: Json, b: Json): ConfigurationChange[] {
  const [ofA, ofB] = [new Map(flatten(a)), new Map(flatten(b))];
  const keys = [...new Set([...ofA.keys(), ...ofB.keys()])].sort();
  return keys
    .map((key) => ({ key, a: ofA.get(key), b: ofB.get(key) }))
    .filter((change) => canonicalJson(change.a ?? null) !== canonicalJson(change.b ?? null));
}

/** What a step's parameters and inputs differ by follows from the configuration and from earlier steps. */
const TOLD: readonly KeyDifference['kind'][] = ['code', 'package', 'engine'];

function madeChanges(a: Subject, b: Subject): Pick<Changes, 'made' | 'unknown'> {
  const made = new Map<string, MadeChange>();
  const unknown: string[] = [];
  const names = [...new Set([...a.steps, ...b.steps].map(({ name }) => name))].filter((name) => name !== 'publish');
  for (const name of names) {
    const [before, after] = [a, b].map(({ steps }) => steps.find((step) => step.name === name)?.record);
    if (before === undefined || after === undefined) {
      unknown.push(name);
      continue;
    }
    for (const difference of keyDifferences(before, after)) {
      if (!TOLD.includes(difference.kind)) continue;
      const known = canonicalJson(difference);
      const change = made.get(known);
      if (change === undefined) made.set(known, { steps: [name], difference });
      else change.steps.push(name);
    }
  }
  return { made: [...made.values()], unknown };
}
