// The moment a step is finished: one conditional create of its record. Who is second adopts what stands there.

import { randomUUID } from 'node:crypto';
import { isoNow, type Clock } from '../artifacts/clock.ts';
import { keys } from '../artifacts/keys.ts';
import {
  encodeStepRecord,
  type RecordedBlob,
  type RunIdentity,
  type StepAttempt,
  type StepRecord,
  type StepState,
} from '../artifacts/manifests.ts';
import type { Store } from '../artifacts/store.ts';
import { readStandingRecord, type StandingRecord } from './standing-record.ts';
import type { CodeDetails } from './step-key.ts';
import type { StepLog } from './step-log.ts';
import type { StepOutput } from './step.ts';

/** How a step was settled: the part of its record that a run shows. */
export interface Settled extends Pick<StepRecord, 'output' | 'summary' | 'warnings'> {
  state: StepState;
  /** Where the record was taken from another key. */
  stepKey?: string;
  /** How long the work took, where this run did it at another time. */
  seconds?: number;
}

export interface FinishedStep {
  step: string;
  stepKey: string;
  keyDocument: Record<string, unknown>;
  code: CodeDetails;
  madeBy: StepAttempt;
  made: StepOutput;
  blobs: RecordedBlob[];
  warnings: string[];
  seconds: number;
  /** What stood under the key before computing: only that may be replaced. */
  standing: StandingRecord;
}

/** Creates the record, or replaces the one that was found broken or was to be verified. Safe to race. */
export async function recordStep(
  { store, clock, log }: { store: Store; clock: Clock; log: StepLog },
  { made, standing, code, madeBy, ...finished }: FinishedStep,
): Promise<Settled> {
  const { step, stepKey } = finished;
  const { workflowId, firstExecutionRunId, attempt } = madeBy;
  const own: StepRecord = {
    ...finished,
    ...code,
    schemaVersion: 1,
    kind: 'step-record',
    output: made.output,
    summary: made.summary,
    resumed: made.resumed ?? false,
    recordedAt: isoNow(clock),
    madeBy: { workflowId, firstExecutionRunId, attempt },
    nonce: randomUUID(),
  };
  const settled = settledAs(own, own.resumed ? 'resumed' : 'computed');
  const bytes = encodeStepRecord(own);
  const key = keys.step(step, stepKey);
  for (let present = standing; ; present = await readStandingRecord({ store, clock }, { step, stepKey })) {
    if (present !== standing && present.state === 'whole') {
      log.info({ step, stepKey }, 'another attempt recorded this step first: adopting its output');
      return adoptRecord(present.record, madeBy);
    }
    // The same bytes came out: the record was right, and the blobs it names now stand again.
    if (present.state !== 'none' && present.record && sameBlobs(present.record, own)) return settled;
    const write =
      present.state === 'none' ? await store.putIfAbsent(key, bytes) : await store.replaceIf(key, bytes, present.etag);
    if (write.outcome === 'written') return settled;
  }
}

/**
 * A record that this very run made was computed by it, whatever became of the answer: an earlier attempt, or the step before
 * the run was parked, reset or went back to mend a damaged artifact.
 */
export function adoptRecord(record: StepRecord, run: RunIdentity): Settled {
  const { madeBy } = record;
  const isOwn = madeBy.workflowId === run.workflowId && madeBy.firstExecutionRunId === run.firstExecutionRunId;
  if (!isOwn) return settledAs(record, 'reused');
  return { ...settledAs(record, record.resumed ? 'resumed' : 'computed'), seconds: record.seconds };
}

function settledAs({ output, summary, warnings }: StepRecord, state: StepState): Settled {
  return { output, summary, warnings, state };
}

function sameBlobs(a: StepRecord, b: StepRecord): boolean {
  const names = ({ output, blobs }: StepRecord): string =>
    [output.key, ...blobs.map(({ key, etag }) => `${key} ${etag}`).sort()].join('\n');
  return names(a) === names(b);
}
