// What a workflow calls a step with.

import type { RunIdentity } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunStepOptions } from './run-step.ts';

/** What every step is called with: whose run it is, its resolved parameters, and refs to what it reads. */
export interface StepCall<Parameters, Inputs extends Record<string, ArtifactRef>> {
  run: RunIdentity;
  parameters: Parameters;
  inputs: Inputs;
  options?: StepCallOptions;
}

/** How a run goes about what was done before. @default takes finished steps */
export interface StepCallOptions extends Pick<RunStepOptions, 'verify' | 'recompute' | 'engineMatch'> {
  reuse?: 'by-key' | 'checked';
  /** Of train: begins at its first step, whatever checkpoints there are. @default false */
  fresh?: boolean;
}

/** What of them the one path of steps takes. */
export const runStepOptions = (options: StepCallOptions | undefined): { options?: RunStepOptions } => {
  const { fresh: _, ...ofPath } = options ?? {};
  return { options: ofPath };
};
