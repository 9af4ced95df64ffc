// The steps of the pipeline in their order: what each gets of the configuration, what it reads of the steps before it.

import type { StepCallOptions } from '../activities/index.ts';
import type { StepResult } from '../activities/run-step.ts';
import type { RunIdentity } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { StepName } from './contract.ts';
import * as steps from './steps.ts';

export const STEPS: readonly StepName[] = ['ingest', 'preprocess', 'augment', 'train', 'evaluate', 'publish'];

export type Finished = Partial<Record<StepName, StepResult>>;

/** What each step gets of a configuration: where these are equal for two configurations, its step key is. */
const parametersOf = {
  ingest: ({ ingest }: RunConfiguration) => ingest,
  preprocess: ({ preprocess, augment }: RunConfiguration) => ({ ...preprocess, augmentPreset: augment.preset }),
  augment: ({ augment, preprocess }: RunConfiguration) => ({ ...augment, preprocessing: preprocess.preprocessing }),
  train: ({ train }: RunConfiguration) => train,
  evaluate: ({ evaluate, publish }: RunConfiguration) => ({ ...evaluate, model: publish.model }),
  publish: ({ publish }: RunConfiguration) => publish,
} satisfies Record<StepName, (configuration: RunConfiguration) => object>;

/** The place of the first step that gets something else; behind the last one when none does. */
export function firstChanged(before: RunConfiguration, after: RunConfiguration): number {
  // Both come from one schema, so their fields have one order.
  const changed = STEPS.findIndex(
    (step) => JSON.stringify(parametersOf[step](before)) !== JSON.stringify(parametersOf[step](after)),
  );
  return changed === -1 ? STEPS.length : changed;
}

/** The configuration that does without a step; undefined where the steps after it need what it makes. */
export function without(step: StepName, configuration: RunConfiguration): RunConfiguration | undefined {
  if (step !== 'augment' || configuration.augment.preset === 'none') return undefined;
  return { ...configuration, augment: { ...configuration.augment, preset: 'none' } };
}

interface StepStart {
  run: RunIdentity;
  configuration: RunConfiguration;
  /** Every step before. */
  finished: Finished;
  /** How to go about what was done before. */
  options: StepCallOptions;
}

export const startStep: Record<StepName, (start: StepStart) => Promise<StepResult>> = {
  ingest: ({ run, configuration, options }) =>
    steps.ingest({ run, options, parameters: parametersOf.ingest(configuration) }),

  preprocess: ({ run, configuration, finished, options }) =>
    steps.preprocess({
      run,
      options,
      parameters: parametersOf.preprocess(configuration),
      inputs: { dataset: output(finished.ingest) },
    }),

  augment: augmentSideBySide,

  train: ({ run, configuration, finished, options }) =>
    steps.train({
      run,
      options,
      parameters: parametersOf.train(configuration),
      inputs: { pool: output(finished.augment), splits: output(finished.preprocess) },
    }),

  evaluate: ({ run, configuration, finished, options }) =>
    steps.evaluate({
      run,
      options,
      parameters: parametersOf.evaluate(configuration),
      inputs: {
        training: output(finished.train),
        splits: output(finished.preprocess),
        dataset: output(finished.ingest),
      },
    }),

  publish: ({ run, configuration, finished, options }) =>
    steps.publish({
      run,
      options,
      parameters: parametersOf.publish(configuration),
      inputs: { evaluation: output(finished.evaluate) },
    }),
};

/**
 * The pool is made in parts, side by side on as many workers as there are, and then named by one manifest.
 * When a part fails for good, the others are waited for: a retry finds them done, and no two attempts are ever at one part.
 */
async function augmentSideBySide({ run, configuration, finished, options }: StepStart): Promise<StepResult> {
  const { parts, ...parameters } = parametersOf.augment(configuration);
  const splits = output(finished.preprocess);
  const settled = await Promise.allSettled(
    Array.from({ length: parts }, (_, part) =>
      steps.augmentPart({ run, options, parameters: { ...parameters, part, parts }, inputs: { splits } }),
    ),
  );
  const made = settled.map((part) => {
    if (part.status === 'rejected') throw part.reason;
    return part.value;
  });
  const inputs = Object.fromEntries(made.map(({ output }, part) => [`part${part}`, output]));
  const preset = { preset: parameters.preset };
  const joined = await steps.augment({ run, options, parameters: preset, inputs: { splits, ...inputs } });
  return made.some(({ state }) => state === 'computed') ? { ...joined, state: 'computed' } : joined;
}

function output(result: StepResult | undefined): ArtifactRef {
  if (result === undefined) throw new TypeError('a step was begun before the steps it reads from');
  return result.output;
}
