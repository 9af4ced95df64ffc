// What Temporal knows that decides what is garbage: which runs are open, and what those that nobody has begun were asked.

import type { RunKnowledge } from '../../artifacts/garbage.ts';
import type { RunIdentity } from '../../artifacts/manifests.ts';
import { isOpen, liveRun, liveRuns } from '../runs/live-runs.ts';
import type { TemporalSession } from '../temporal.ts';

export interface TemporalKnowledge {
  askRun: (run: RunIdentity, isEnded: boolean) => Promise<RunKnowledge>;
  /** The inputs of all open runs, as JSON: they may name packed images before any record does. */
  documents: Uint8Array[];
}

export async function askTemporal(temporal: TemporalSession): Promise<TemporalKnowledge> {
  const open = (await liveRuns(temporal, { limit: Infinity, only: 'open' })).map(({ identity }) => identity);
  const ids = new Set(open.map(({ firstExecutionRunId }) => firstExecutionRunId));
  const documents: Uint8Array[] = [];
  for (const run of open) documents.push(...(await inputsOf(temporal, run)));
  return {
    documents,
    async askRun(run, isEnded) {
      // One that has ended may have been reset and be open again.
      if (ids.has(run.firstExecutionRunId)) return 'open';
      if (isEnded) return 'closed';
      const live = await liveRun(temporal, run.workflowId, run.firstExecutionRunId);
      if (live === undefined) return 'unknown';
      return isOpen(live.state) ? 'open' : 'closed';
    },
  };
}

async function inputsOf({ client }: TemporalSession, run: RunIdentity): Promise<Uint8Array[]> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: run.workflowId, runId: run.firstExecutionRunId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return (started?.input?.payloads ?? []).flatMap(({ data }) => (data ? [data] : []));
}
