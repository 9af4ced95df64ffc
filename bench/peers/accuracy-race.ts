// How long Keras trains until it reads as well as we do: several seeds side by side, checked every 150 steps on validation.
// Our training is measured again in between.

import { freshRunOnArchive, inputOf } from '../recipe/fresh-run.ts';
import type { Keras } from './keras.ts';
import { checkOf, reached, type Check } from './reach.ts';

const EVERY_STEPS = 150;
/** Checks after which our training is measured again. */
const OURS_EVERY = 10;

export interface RaceOptions {
  archive: string;
  keras: Keras;
  seeds: number[];
  /** Given up after so many steps. */
  steps: number;
  /** Mean accuracy that is to be reached, 0–1. */
  target: number;
  say: (line: string) => void;
}

export interface Race {
  checks: Check[];
  /** Where the target was reached. */
  at: Check | undefined;
  /** Seconds of our trainings in between. */
  ours: number[];
}

export async function race({ archive, keras, seeds, steps, target, say }: RaceOptions): Promise<Race> {
  const checks: Check[] = [];
  const ours: number[] = [];
  let at: Check | undefined;
  while (at === undefined && checks.length * EVERY_STEPS < steps) {
    if (checks.length % OURS_EVERY === 0) {
      const input = inputOf({ preset: 'fast-print', split: 'random', seed: ours.length + 1 });
      ours.push((await freshRunOnArchive(archive, input)).seconds);
    }
    const { learners } = await keras.ask('learn', { network: 'reference', seeds, steps: EVERY_STEPS });
    const check = checkOf(learners);
    checks.push(check);
    at = reached(checks, target);
    const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
    say(
      `  Keras, ${check.steps} steps, ${check.seconds.toFixed(0)} s: ${percent(check.validation)} of ${percent(target)}`,
    );
  }
  return { checks, at, ours };
}
