// From images to a published model version. Decides what comes next; every byte is moved by activities.

import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  patched,
  TemporalFailure,
} from '@temporalio/workflow';
import type { ResolvedRun } from '../activities/records.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { OnlyResult, RunPlace, RunResult, StepName, TrainPipelineInput } from './contract.ts';
import { damagedStep, isDamage, isStepFailure } from './failures.ts';
import { tell } from './notification.ts';
import { isOfEarlierExecution, openParking, type Park, type ParkedStep } from './parking.ts';
import { openReuse, type Reuse } from './reuse.ts';
import { openRunView, type RunView } from './run-view.ts';
import { firstChanged, outputsOf, planStep, startStep, STEPS, without, type Finished } from './step-table.ts';
import * as steps from './steps.ts';

/** No step's key: stands for the maker of what the store has lost together with every record of who made it. */
const UNKNOWN_MAKER = 'unknown';

/**
 * Trains and publishes one model version. A step that fails for good parks the run until a person has decided; a damaged
 * result is made again by the step that made it.
 * @param input a run configuration; `{}` or nothing trains the built-in dataset
 * @returns the version, its test metrics and what happened to the alias
 */
export async function trainPipeline(input: TrainPipelineInput = {}): Promise<RunResult | OnlyResult> {
  const view = openRunView(STEPS);
  const { identity: run } = view;
  let plan: Plan | undefined;
  const park = openParking({
    view,
    change: changeParked,
    async tell({ parkingId, step, parkedAt, abandonedAt, failure }, number) {
      if (plan?.place?.webhook !== true) return;
      await tell({
        // Not the parking's id, which another execution would not have: this one is the same after a reset.
        id: `attention-${run.workflowId}-${run.firstExecutionRunId}-${step}-${number}-${parkedAt}`,
        type: 'run.needs_attention',
        at: parkedAt,
        data: { run: run.workflowId, parkingId, step, parkedAt, abandonedAt, failure },
      });
    },
  });
  for (let ending = 1; ; ending += 1)
    try {
      plan ??= planOf(await steps.resolveRun({ run, input }));
      view.placed(plan.place);
      await walk(plan, view, park);
      const { only, finished } = plan;
      const result = only === undefined ? view.result(finished) : view.onlyResult(only, finished);
      await steps.finishRun({ run, ending, outcome: { state: 'completed', result } });
      if (plan.place?.webhook === true && 'model' in result) await tellPublished(result);
      return view.completed(result);
    } catch (error) {
      // A bug of this code: the workflow task is tried again, until there is code that mends it.
      if (!(error instanceof TemporalFailure)) throw error;
      await view.failed(error, (outcome) => steps.finishRun({ run, ending, outcome }));
      if (!isOfEarlierExecution(error)) throw error;
      // It was reset to after its end: the step that waited is tried again.
    } finally {
      // An update that came too late gets its answer before the run is closed.
      await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    }
}

/** A repeated run publishes nothing, and says nothing. */
async function tellPublished({ run, model, gate, verdict, metrics }: RunResult): Promise<void> {
  if (gate === 'unchanged') return;
  await tell({
    id: `published-${model.name}-${model.version}-${model.digest}`,
    type: 'model.published',
    at: new Date().toISOString(),
    data: { run, model, gate, verdict, accuracy: metrics.test.accuracy },
  });
}

/** In 0.1.0 each step was asked by an activity of its own. */
const FIND_FINISHED = 'find-finished';

/** Steps whose key names the engine. */
const ENGINE_STEPS: ReadonlySet<StepName> = new Set(['train', 'evaluate']);

interface Plan {
  configuration: RunConfiguration;
  reuse: Reuse;
  only: StepName | undefined;
  /** Absent in histories of 0.1.0. */
  place: RunPlace | undefined;
  /** Places in STEPS: where the run is, and behind the last step it has. */
  at: number;
  end: number;
  finished: Finished;
  /** Places where finished steps were looked for. */
  lookedAt: Set<number>;
}

function planOf({ configuration, rerun, recorded, place }: ResolvedRun): Plan {
  const { only } = rerun;
  const at = only === undefined ? 0 : STEPS.indexOf(only);
  const end = only === undefined ? STEPS.length : at + 1;
  return { configuration, reuse: openReuse(rerun), only, place, at, end, finished: recorded, lookedAt: new Set() };
}

/** Step by step to the end, back to the maker of what is damaged, and into the car park where nothing else helps. */
async function walk(plan: Plan, view: RunView, park: Park): Promise<void> {
  const { reuse, finished } = plan;
  while (plan.at < plan.end) {
    if (await takeFinished(plan, view)) continue;
    const step = STEPS[plan.at]!;
    const { configuration } = plan;
    view.configured(configuration);
    try {
      const options = reuse.optionsFor(step, finished);
      const start = { run: view.identity, configuration, finished, options };
      finished[step] = await view.step(step, () => startStep(step, start));
      plan.at += 1;
    } catch (error) {
      if (!isStepFailure(error)) throw error;
      const damaged = damagedStep(error);
      if (damaged !== undefined && reuse.distrust(damaged.stepKey)) {
        plan.at = Math.min(plan.at, STEPS.indexOf(damaged.step));
        continue;
      }
      // The store lost more than that, e.g. it was put back from an older copy: what stands is taken, the rest made again.
      if (damaged === undefined && isDamage(error) && plan.only === undefined)
        if (patched('damage-of-unknown-maker') && reuse.distrust(UNKNOWN_MAKER)) {
          plan.at = 0;
          continue;
        }
      const decided = await park({ step, error, configuration, without: without(step, configuration) });
      reuse.forgive();
      plan.at = Math.min(plan.at, firstChanged(configuration, decided.configuration));
      plan.configuration = decided.configuration;
    }
  }
}

/**
 * Takes the steps from here on that are finished, as far as one worker can tell, by one look: a run that finds everything
 * done takes a fraction of a second. Behind a step that was computed nothing is, and nobody looks.
 * @returns whether the run is further
 */
async function takeFinished(plan: Plan, view: RunView): Promise<boolean> {
  const { at, configuration, finished, lookedAt } = plan;
  const step = STEPS[at]!;
  const computedBefore = at > 0 && finished[STEPS[at - 1]!]?.state !== 'reused';
  if (lookedAt.has(at) || computedBefore || !plan.reuse.takesFrom(step) || !patched(FIND_FINISHED)) return false;
  lookedAt.add(at);
  view.configured(configuration);
  const isEngines = ENGINE_STEPS.has(step);
  const mayTake = (each: StepName): boolean =>
    each !== 'publish' && ENGINE_STEPS.has(each) === isEngines && plan.reuse.takesFrom(each);
  const wanted = STEPS.slice(at, plan.end).filter(mayTake);
  if (wanted.length === 0) return false;
  const find = isEngines ? steps.findTrained : steps.findFinished;
  const results = await find({
    run: view.identity,
    plan: wanted.flatMap((each) => planStep(each, configuration)),
    outputs: outputsOf(finished),
  }).catch((error: unknown) => {
    if (!isStepFailure(error)) throw error;
    return []; // each step will say by itself what is wrong
  });
  view.found(results);
  for (const result of results) finished[result.step as StepName] = result;
  plan.at += results.length;
  if (results.length < wanted.length) lookedAt.add(plan.at); // the look ended there: it isn't finished
  return results.length > 0;
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
