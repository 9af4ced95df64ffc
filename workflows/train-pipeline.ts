// From images to a published model version. Decides what comes next; every byte is moved by activities.

import type { RunConfiguration } from '../config/schema.ts';
import type { StepResult } from '../activities/run-step.ts';
import type { RunIdentity } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunResult, TrainPipelineInput } from './contract.ts';
import { openRunView } from './run-view.ts';
import * as steps from './steps.ts';

/**
 * Trains and publishes one model version.
 * @param input a run configuration; `{}` or nothing trains the built-in dataset
 * @returns the version, its test metrics and what happened to the alias
 */
export async function trainPipeline(input: TrainPipelineInput = {}): Promise<RunResult> {
  const view = openRunView();
  const run = view.identity;
  try {
    const configuration = await steps.resolveRun({ run, input });
    view.configured(configuration);

    const dataset = await view.step('ingest', () => steps.ingest({ run, parameters: configuration.ingest }));
    const splits = await view.step('preprocess', () =>
      steps.preprocess({
        run,
        parameters: { ...configuration.preprocess, augmentPreset: configuration.augment.preset },
        inputs: { dataset: dataset.output },
      }),
    );
    const pool = await view.step('augment', () => augmentSideBySide(run, configuration, splits.output));
    const training = await view.step('train', () =>
      steps.train({ run, parameters: configuration.train, inputs: { pool: pool.output, splits: splits.output } }),
    );
    const evaluation = await view.step('evaluate', () =>
      steps.evaluate({
        run,
        parameters: { ...configuration.evaluate, model: configuration.publish.model },
        inputs: { training: training.output, splits: splits.output, dataset: dataset.output },
      }),
    );
    const publication = await view.step('publish', () =>
      steps.publish({ run, parameters: configuration.publish, inputs: { evaluation: evaluation.output } }),
    );

    const result = view.result(evaluation, publication);
    await steps.finishRun({ run, outcome: { state: 'completed', result } });
    return view.completed(result);
  } catch (error) {
    await view.failed(error, (outcome) => steps.finishRun({ run, outcome }));
    throw error;
  }
}

/** The pool is made in parts, side by side on as many workers as there are, and then named by one manifest. */
async function augmentSideBySide(
  run: RunIdentity,
  configuration: RunConfiguration,
  splits: ArtifactRef,
): Promise<StepResult> {
  const { parts, ...parameters } = configuration.augment;
  const { preprocessing } = configuration.preprocess;
  const made = await Promise.all(
    Array.from({ length: parts }, (_, part) =>
      steps.augmentPart({ run, parameters: { ...parameters, preprocessing, part, parts }, inputs: { splits } }),
    ),
  );
  const inputs = Object.fromEntries(made.map(({ output }, part) => [`part${part}`, output]));
  const joined = await steps.augment({ run, parameters: { preset: parameters.preset }, inputs: { splits, ...inputs } });
  return made.some(({ state }) => state === 'computed') ? { ...joined, state: 'computed' } : joined;
}
