// The steps of the pipeline in their order: what each gets of the configuration, what it reads of the steps before it.

import type { PlannedStep } from '../activities/find-finished.ts';
import type { Activities } from '../activities/index.ts';
import type { StepCallOptions } from '../activities/step-call.ts';
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
  evaluate: ({ train, evaluate, publish }: RunConfiguration) => ({
    ...evaluate,
    model: publish.model,
    engine: train.engine,
  }),
  publish: ({ train, publish }: RunConfiguration) => ({ ...publish, engine: train.engine }),
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

type Call<Step extends keyof Activities> = Parameters<Activities[Step]>[0];
type Reads<Step extends keyof Activities> =
  Call<Step> extends { inputs: infer Inputs } ? Record<keyof Inputs, StepName> : Record<string, never>;

/** What each step reads, by the name it has for it → the step before it that makes it. */
const readsOf: { [Step in StepName]: Reads<Step> } = {
  ingest: {},
  preprocess: { dataset: 'ingest' },
  augment: { splits: 'preprocess' },
  train: { pool: 'augment', splits: 'preprocess' },
  evaluate: { training: 'train', splits: 'preprocess', dataset: 'ingest' },
  publish: { evaluation: 'evaluate' },
};

/**
 * The activities that a step takes, itself last. The pool is made in parts, side by side on as many workers as there are,
 * and then named by one manifest.
 */
export function planStep(step: StepName, configuration: RunConfiguration): PlannedStep[] {
  const parameters = parametersOf[step](configuration);
  const inputs = readsOf[step];
  return step === 'augment' ? planAugment(configuration) : [{ step, label: step, parameters, inputs }];
}

function planAugment(configuration: RunConfiguration): PlannedStep[] {
  const { parts, ...parameters } = parametersOf.augment(configuration);
  const inputs = readsOf.augment;
  const made = Array.from({ length: parts }, (_, part) => ({
    step: 'augment' as const,
    label: `augment-${part}`,
    parameters: { ...parameters, part, parts },
    inputs,
  }));
  const joined = Object.fromEntries(made.map(({ label }, part) => [`part${part}`, label]));
  const whole = { preset: parameters.preset };
  return [...made, { step: 'augment', label: 'augment', parameters: whole, inputs: { ...inputs, ...joined } }];
}

interface StepStart {
  run: RunIdentity;
  configuration: RunConfiguration;
  /** Every step before. */
  finished: Finished;
  /** How to go about what was done before. */
  options: StepCallOptions;
}

/** When a part fails for good, the others are waited for: a retry finds them done, and no two attempts are ever at one part. */
export async function startStep(step: StepName, start: StepStart): Promise<StepResult> {
  const plan = planStep(step, start.configuration);
  const outputs = outputsOf(start.finished);
  const parts = plan.slice(0, -1);
  const settled = await Promise.allSettled(parts.map((part) => startPlanned(part, outputs, start)));
  const made = settled.map((part) => {
    if (part.status === 'rejected') throw part.reason;
    return part.value;
  });
  const ofParts = Object.fromEntries(made.map(({ output }, index) => [parts[index]!.label, output]));
  const whole = await startPlanned(plan.at(-1)!, { ...outputs, ...ofParts }, start);
  return made.some(({ state }) => state === 'computed') ? { ...whole, state: 'computed' } : whole;
}

const activityOf = {
  ingest: steps.ingest,
  preprocess: steps.preprocess,
  augment: steps.augment,
  train: steps.train,
  evaluate: steps.evaluate,
  publish: steps.publish,
};

function startPlanned(
  { step, label, parameters, inputs: reads }: PlannedStep,
  outputs: Record<string, ArtifactRef>,
  { run, options }: StepStart,
): Promise<StepResult> {
  const inputs = Object.entries(reads).map(([name, maker]) => [name, outputs[maker]] as const);
  const missing = inputs.find(([, output]) => output === undefined);
  if (missing !== undefined) throw new TypeError(`${label} was begun before ${reads[missing[0]]}, which it reads`);
  const start = (label === step ? activityOf[step] : steps.augmentPart) as (call: object) => Promise<StepResult>;
  return start({ run, options, parameters, inputs: Object.fromEntries(inputs) });
}

/** Step → what it made. */
export const outputsOf = (finished: Finished): Record<string, ArtifactRef> =>
  Object.fromEntries(Object.entries(finished).map(([step, { output }]) => [step, output]));
