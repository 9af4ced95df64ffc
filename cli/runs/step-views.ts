// The steps of a run: from its records, and while it is going, from its query, too.

import { QUERIES, type RunProgress, type StepName, type StepView } from '../../workflows/contract.ts';
import type { RunSources, RunView } from './runs.ts';
import { readRunSteps } from './stored-runs.ts';

const STEPS: readonly StepName[] = ['ingest', 'preprocess', 'augment', 'train', 'evaluate', 'publish'];

export interface ShownStep extends StepView {
  warnings?: string[];
}

/** All six steps in their order. @throws InvalidRecord when a record was damaged */
export async function readStepViews({ store, temporal }: RunSources, run: RunView): Promise<ShownStep[]> {
  const records = new Map((await readRunSteps(store, run.identity)).map((record) => [record.step, record]));
  const live =
    temporal === undefined || run.state !== 'running'
      ? undefined
      : await temporal.client.workflow
          .getHandle(run.identity.workflowId)
          .query<RunProgress>(QUERIES.progress)
          .catch(() => undefined); // no worker answers: the records tell what is done
  const failure = run.stored.outcome?.failure;
  return STEPS.map((step) => {
    const record = records.get(step);
    const view: StepView = live?.steps.find((one) => one.step === step) ?? { step, state: 'waiting' };
    if (record === undefined)
      return failure?.step === step ? { ...view, state: 'failed', error: failure.message } : view;
    const { state, seconds, stepKey, output, summary, warnings } = record;
    return { ...view, state, seconds, stepKey, output, summary, warnings };
  });
}
