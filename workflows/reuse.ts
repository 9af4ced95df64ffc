// What of the work done before a run takes, step by step. By default all; a rerun may ask for less, and damage takes away
// what turned out not to be whole.

import type { StepCallOptions } from '../activities/step-call.ts';
import type { Rerun } from '../config/schema.ts';
import type { StepName } from './contract.ts';
import { STEPS, type Finished } from './step-table.ts';

export interface Reuse {
  /** Whether finished steps may be taken at a look, from this one on: each has to be asked by itself otherwise. */
  takesFrom(step: StepName): boolean;
  optionsFor(step: StepName, finished: Finished): StepCallOptions;
  /**
   * Notes the step key of a damaged result: from now on it is computed, never taken.
   * @returns false when it was noted before, so that computing it did not help
   */
  distrust(stepKey: string): boolean;
  /** After a person has seen to it, damage may be met once more. */
  forgive(): void;
}

export function openReuse({ from, only, fresh, verify, engineMatch }: Rerun): Reuse {
  const recompute: string[] = [];
  const begun = new Set<StepName>();
  const first = fresh ? 0 : from === undefined ? STEPS.length : STEPS.indexOf(from);
  return {
    takesFrom: (step) =>
      STEPS.indexOf(step) < first && only === undefined && !fresh && !verify && recompute.length === 0,
    optionsFor(step, finished) {
      const isNew = !begun.has(step);
      begun.add(step);
      // What this run has computed by itself once need not be computed again when it comes by here a second time.
      const computes = STEPS.indexOf(step) >= first && finished[step] === undefined;
      return {
        ...(verify && { reuse: 'checked' as const }),
        ...(computes && { verify: true }),
        ...(engineMatch === 'any' && { engineMatch }),
        ...(fresh && isNew && { fresh }),
        ...(recompute.length > 0 && { recompute: [...recompute] }),
      };
    },
    distrust(stepKey) {
      if (recompute.includes(stepKey)) return false;
      recompute.push(stepKey);
      return true;
    },
    forgive() {
      recompute.length = 0;
    },
  };
}
