// A step as an activity: by the one path of steps, heartbeating, logged, counted, with this attempt's cancellation.

import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { RunIdentity } from '../artifacts/manifests.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';
import { runStep, type ComputeStep, type RunStepRequest, type StepResult } from './run-step.ts';
import type { StepLog } from './step-log.ts';
import { noMetrics } from './step-metrics.ts';

/** What a step's computation gets here: lines of its log name run, step and attempt. */
export type LoggedContext = Parameters<ComputeStep>[0] & { log: StepLog };

export type SettleStep = (
  request: Omit<RunStepRequest, 'run' | 'signal' | 'onProgress'> & { run: RunIdentity },
  compute: (context: LoggedContext) => ReturnType<ComputeStep>,
) => Promise<StepResult>;

/** To be called within an activity. Safe to retry: `runStep` says how. */
export function createSettle(dependencies: ActivityDependencies): SettleStep {
  const { clock, metrics = noMetrics } = dependencies;
  return (request, compute) => {
    const { attempt } = activityInfo();
    const { workflowId, firstExecutionRunId } = request.run;
    const { label: step = request.step } = request;
    const log = dependencies.log.child({ run: workflowId, firstExecutionRunId, step, attempt });
    return withHeartbeat(
      async (onProgress) => {
        log.info({}, 'step begins');
        const startedMs = clock.monotonic();
        const run = { ...request.run, attempt };
        const result = await runStep(
          { ...dependencies, log },
          { ...request, run, signal: cancellationSignal(), onProgress },
          (context) => compute({ ...context, log }),
        ).catch((error: unknown) => {
          const seconds = (clock.monotonic() - startedMs) / 1_000;
          metrics.stepEnded({ step: request.step, state: 'failed', seconds });
          log.warn({ error: error instanceof Error ? error.message : String(error) }, 'step ends without a result');
          throw error;
        });
        const { state, seconds, stepKey } = result;
        metrics.stepEnded({ step: request.step, state, seconds });
        log.info({ state, seconds, stepKey, ...result.summary }, 'step ends');
        return result;
      },
      (seconds) => metrics.heartbeatGap(seconds),
    );
  };
}
