// One look for all of a run's next steps, as an activity: which of them are finished already.

import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { findFinished, type FindCall, type PlannedStep } from './find-finished.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { IngestParameters } from './ingest.ts';
import { takeFinished, type StepResult } from './run-step.ts';
import { isPinnedByName, type IdentifySource } from './source-identity.ts';
import type { StepIdentities } from './step-identities.ts';
import type { StepIdentity } from './step-key.ts';
import { noMetrics } from './step-metrics.ts';

interface FindStepsOptions {
  identities: StepIdentities;
  identifySource: IdentifySource;
}

/** To be called within an activity. Safe to retry. */
export function createFind(
  dependencies: ActivityDependencies,
  { identities, identifySource }: FindStepsOptions,
): (call: FindCall) => Promise<StepResult[]> {
  const { metrics = noMetrics } = dependencies;

  /** What stands in a plan came from the workflow's own table, where it is typed. */
  const identityOf = async (
    { label, step, parameters }: PlannedStep,
    inputs: Record<string, ArtifactRef>,
    signal: AbortSignal,
  ): Promise<StepIdentity | undefined> => {
    if (step === 'publish') return undefined; // never taken from a record
    if (step === 'ingest') {
      const given = parameters as IngestParameters;
      return isPinnedByName(given) ? identities.ingest((await identifySource(given, signal)).pinned) : undefined;
    }
    return identities[label === step ? step : 'augmentPart'](parameters as never, inputs as never);
  };

  return (call) => {
    const { attempt } = activityInfo();
    const { workflowId, firstExecutionRunId } = call.run;
    const log = dependencies.log.child({ run: workflowId, firstExecutionRunId, attempt });
    const signal = cancellationSignal();
    const findStep = async (planned: PlannedStep, inputs: Record<string, ArtifactRef>) => {
      const identity = await identityOf(planned, inputs, signal);
      if (identity === undefined) return undefined;
      const request = { ...identity, label: planned.label, run: { ...call.run, attempt }, signal };
      const result = await takeFinished({ ...dependencies, log }, request);
      if (result !== undefined) {
        const { state, seconds, stepKey, summary } = result;
        metrics.stepEnded({ step: planned.step, state, seconds });
        log.info({ step: planned.label, state, stepKey, ...summary }, 'step is finished already');
      }
      return result;
    };
    return withHeartbeat(() => findFinished({ log, signal, find: findStep }, call));
  };
}
