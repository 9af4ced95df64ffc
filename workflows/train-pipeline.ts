// From images to a published model version. Decides what comes next; every byte is moved by activities.

import { allHandlersFinished, ApplicationFailure, CancellationScope, condition } from '@temporalio/workflow';
import type { RunResult, TrainPipelineInput } from './contract.ts';
import { isStepFailure } from './failures.ts';
import { openParking, type ParkedStep } from './parking.ts';
import { openRunView } from './run-view.ts';
import { firstChanged, startStep, STEPS, without, type Finished } from './step-table.ts';
import * as steps from './steps.ts';

/**
 * Trains and publishes one model version. A step that fails for good parks the run until a person has decided.
 * @param input a run configuration; `{}` or nothing trains the built-in dataset
 * @returns the version, its test metrics and what happened to the alias
 */
export async function trainPipeline(input: TrainPipelineInput = {}): Promise<RunResult> {
  const view = openRunView(STEPS);
  const { identity: run } = view;
  const park = openParking({ view, change: changeParked });
  const finished: Finished = {};
  try {
    let { configuration } = await steps.resolveRun({ run, input });
    for (let at = 0; at < STEPS.length;) {
      const step = STEPS[at]!;
      view.configured(configuration);
      try {
        finished[step] = await view.step(step, () => startStep[step]({ run, configuration, finished }));
        at += 1;
      } catch (error) {
        if (!isStepFailure(error)) throw error;
        const decided = await park({ step, error, configuration, without: without(step, configuration) });
        at = Math.min(at, firstChanged(configuration, decided.configuration));
        ({ configuration } = decided);
      }
    }
    const result = view.result(finished.evaluate!, finished.publish!);
    await steps.finishRun({ run, outcome: { state: 'completed', result } });
    return view.completed(result);
  } catch (error) {
    await view.failed(error, (outcome) => steps.finishRun({ run, outcome }));
    throw error;
  } finally {
    // An update that came too late gets its answer before the run is closed.
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}

/** Other values for a parked step and those after it. What is finished stays as it was made. */
async function changeParked({ step, configuration }: ParkedStep, set: Record<string, unknown>) {
  const changed = await steps.changeRun({ configuration, set });
  const first = firstChanged(configuration, changed);
  if (first >= STEPS.indexOf(step)) return changed;
  throw ApplicationFailure.nonRetryable(
    `${STEPS[first]} is finished, and ${Object.keys(set).join(', ')} would change it: ` +
      '`npx digitflow abort` this run, then `npx digitflow rerun` it with --set',
    'StepFinished',
  );
}
