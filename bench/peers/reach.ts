// When trainings that go side by side read, on average, as well as something else does.

/** One training at one check. */
export interface Learner {
  seed: number;
  steps: number;
  /** Of training alone. */
  seconds: number;
  /** Accuracy on the validation and the test split, 0–1. */
  validation: number;
  test: number;
}

export interface Check {
  steps: number;
  /** Means over the seeds. */
  seconds: number;
  validation: number;
  test: number;
}

export function checkOf(learners: readonly Learner[]): Check {
  const mean = (name: 'seconds' | 'validation' | 'test'): number =>
    learners.reduce((sum, learner) => sum + learner[name], 0) / learners.length;
  const steps = learners[0]!.steps;
  return { steps, seconds: mean('seconds'), validation: mean('validation'), test: mean('test') };
}

/** The first check whose mean validation accuracy is at least `target`. */
export const reached = (checks: readonly Check[], target: number): Check | undefined =>
  checks.find(({ validation }) => validation >= target);
