// Whether the workflows of this checkout go on from histories that exist: each is replayed, and what it would do otherwise
// than before is the error.

import { Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import { cachedWorkflowBundle, type WorkflowBundleOptions } from './workflow-bundle.ts';

export interface Replayed {
  workflowId: string;
  runId: string;
  /** Absent when it goes on. */
  error?: string;
}

/** @param root of the checkout whose workflows replay them */
export async function* replayHistories(
  root: string,
  histories: ReplayHistoriesIterable,
  options: WorkflowBundleOptions = {},
): AsyncIterable<Replayed> {
  const workflowBundle = { codePath: await cachedWorkflowBundle(root, options) };
  const sinks = { exporter: { export: { fn: () => undefined } } }; // what was done has told its spans already
  const worker = { workflowBundle, ...(options.traced && { sinks }) };
  for await (const { workflowId, runId, error } of Worker.runReplayHistories(worker, histories))
    yield { workflowId, runId, ...(error !== undefined && { error: error.message }) };
}
