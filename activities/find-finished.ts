// Which of a run's next steps are finished already: one look by an activity instead of one activity a step. It only takes
// what each step itself would take; whatever it does not find, the step's own activity decides.

import type { RunIdentity } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { StepResult } from './run-step.ts';
import type { StepLog } from './step-log.ts';
import type { StepName } from './step.ts';

/** A step, or one of the parts it is made of, before its inputs are known. */
export interface PlannedStep {
  step: StepName;
  /** The step's name, or its part's, e.g. `augment-0`. */
  label: string;
  parameters: object;
  /** What it calls an input → the label of who makes it. */
  inputs: Record<string, string>;
}

export interface FindCall {
  run: RunIdentity;
  /** In an order in which each comes behind those it reads from. */
  plan: PlannedStep[];
  /** Label → output of what is finished before. */
  outputs: Record<string, ArtifactRef>;
}

export interface FindDependencies {
  log: StepLog;
  signal: AbortSignal;
  /** @returns undefined where it isn't finished, or where finding out is as dear as the step */
  find: (planned: PlannedStep, inputs: Record<string, ArtifactRef>) => Promise<StepResult | undefined>;
}

/**
 * Walks the plan until the first step that isn't finished. An error ends the walk, too: the step's own activity meets it
 * again and says it in its own name. Safe to retry: it reads, and notes in the run's folder what it found.
 * @returns the results of whole steps, in the order of the plan
 * @throws the signal's reason
 */
export async function findFinished(
  { log, signal, find }: FindDependencies,
  { plan, outputs }: FindCall,
): Promise<StepResult[]> {
  const known = new Map(Object.entries(outputs));
  const inputsOf = ({ inputs }: PlannedStep): Record<string, ArtifactRef> =>
    Object.fromEntries(Object.entries(inputs).map(([name, label]) => [name, known.get(label)!]));
  const isBlocked = ({ inputs }: PlannedStep): boolean => Object.values(inputs).some((label) => !known.has(label));
  const whole: StepResult[] = [];
  try {
    for (let rest = plan, ready = plan; ready.length > 0; rest = rest.slice(ready.length)) {
      const firstBlocked = rest.findIndex(isBlocked);
      ready = firstBlocked === -1 ? rest : rest.slice(0, firstBlocked);
      const found = await Promise.all(ready.map((planned) => find(planned, inputsOf(planned))));
      signal.throwIfAborted();
      for (const [index, { step, label }] of ready.entries()) {
        const result = found[index];
        if (result === undefined) return whole;
        known.set(label, result.output);
        if (label === step) whole.push(result);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    log.warn(
      { error: error instanceof Error ? error.message : String(error) },
      'finished steps could not be looked up',
    );
  }
  return whole;
}
