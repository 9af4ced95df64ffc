// Whether the workflows of this checkout go on from histories that exist: each is replayed, and what it would do otherwise
// than before is the error.

import { Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import { cachedWorkflowBundle } from './workflow-bundle.ts';

export interface Replayed {
  workflowId: string;
  runId: string;
  /** Absent when it goes on. */
  error?: string;
}

/** @param root of the checkout whose workflows replay them */
export async function* replayHistories(root: string, histories: ReplayHistoriesIterable): AsyncIterable<Replayed> {
  const workflowBundle = { codePath: await cachedWorkflowBundle(root) };
  for await (const { workflowId, runId, error } of Worker.runReplayHistories({ workflowBundle }, histories))
    yield { workflowId, runId, ...(error !== undefined && { error: error.message }) };
}
