// How a trace goes through Temporal: in the headers of workflows and activities, by the SDK's own interceptors.

import { context, trace, type Tracer } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client/index.js';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker/index.js';
import type { OpenTelemetrySinks } from '@temporalio/interceptors-opentelemetry/lib/workflow/definitions.js';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';

export interface WorkerTracing {
  /** To come after all others: they see errors as the step threw them. */
  activity: ActivityInterceptorsFactory[];
  /** Take the spans of workflows; only those of a traced bundle make any. */
  sinks: InjectedSinks<OpenTelemetrySinks>;
}

export const clientInterceptor = (tracer: Tracer): WorkflowClientInterceptor =>
  new OpenTelemetryWorkflowClientInterceptor({ tracer });

export function workerTracing({
  tracer,
  processor,
  resource,
}: {
  tracer: Tracer;
  processor: SpanProcessor;
  resource: Resource;
}): WorkerTracing {
  return {
    activity: [
      (activity) => ({
        inbound: new OpenTelemetryActivityInboundInterceptor(activity, { tracer }),
        outbound: new OpenTelemetryActivityOutboundInterceptor(activity),
      }),
      ({ info }) => ({
        inbound: {
          execute(input, next) {
            trace.getSpan(context.active())?.setAttributes({
              'digitflow.run': info.workflowExecution?.workflowId ?? '',
              'digitflow.step': info.activityType,
              'digitflow.attempt': info.attempt,
            });
            return next(input);
          },
        },
      }),
    ],
    sinks: { exporter: makeWorkflowExporter(processor, resource) },
  };
}
