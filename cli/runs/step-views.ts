// The steps of a run: from its records, and while it is going, from its query, too.

import {
  QUERIES,
  type RunProgress,
  type StepName,
  type StepProgress,
  type StepView,
} from '../../workflows/contract.ts';
import { createMeter } from '../progress/meter.ts';
import { belongsTo, type RunningActivity, runningActivities } from '../progress/snapshot.ts';
import type { TemporalSession } from '../temporal.ts';
import { isOpen } from './live-runs.ts';
import type { RunSources, RunView } from './runs.ts';
import { readRunSteps } from './stored-runs.ts';

const STEPS: readonly StepName[] = ['ingest', 'preprocess', 'augment', 'train', 'evaluate', 'publish'];

export interface ShownStep extends StepView {
  warnings?: string[];
  /** What it counts at this moment; only of a running step. */
  progress?: StepProgress;
}

interface Live {
  progress: RunProgress | undefined;
  activities: RunningActivity[];
}

/** All six steps in their order. @throws InvalidRecord when a record was damaged */
export async function readStepViews({ store, temporal }: RunSources, run: RunView): Promise<ShownStep[]> {
  const [stored, live] = await Promise.all([
    readRunSteps(store, run.identity),
    temporal === undefined || !isOpen(run.state) ? undefined : look(temporal, run.identity.workflowId),
  ]);
  const records = new Map(stored.map((record) => [record.step, record]));
  const failure = run.stored.outcome?.failure;
  return STEPS.map((step) => {
    const record = records.get(step);
    const view: StepView = live?.progress?.steps.find((one) => one.step === step) ?? { step, state: 'waiting' };
    if (record !== undefined) {
      const { state, seconds, stepKey, output, summary, warnings } = record;
      return { ...view, state, seconds, stepKey, output, summary, warnings };
    }
    if (failure?.step === step) return { ...view, state: 'failed', error: failure.message };
    const gauge = createMeter().read(live?.activities.filter((activity) => belongsTo(activity, step)) ?? [], 0);
    if (view.state !== 'running' || gauge === undefined) return view;
    const { done, total, unit, note, figures } = gauge;
    return { ...view, progress: { done, total, unit, figures, ...(note !== undefined && { note }) } };
  });
}

/** Nothing when no worker answers: the records tell what is done. */
async function look({ client }: TemporalSession, workflowId: string): Promise<Live> {
  const handle = client.workflow.getHandle(workflowId);
  const [progress, description] = await Promise.all([
    handle.query<RunProgress>(QUERIES.progress).catch(() => undefined),
    handle.describe(),
  ]);
  return { progress, activities: runningActivities(description.raw.pendingActivities) };
}
