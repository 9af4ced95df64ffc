// What leaves the house in a span: names, times, and the attributes listed here. Messages and stacks of errors may hold
// object keys, addresses and paths, and Temporal's sink adds all it knows of a workflow: none of it is sent.

import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** The interceptors' names for run, activity and update, and what their sink knows of a workflow. */
const TOLD = new Set([
  'temporalWorkflowId',
  'temporalActivityId',
  'temporalUpdateId',
  'run_id',
  'workflowId',
  'runId',
  'workflowType',
  'taskQueue',
  'namespace',
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'error.type',
  'exception.type',
]);

/** Whoever watches a run asks twice a second how it is. */
const QUESTIONS = /^(QueryWorkflow|HandleQuery|DescribeWorkflow)\b/;

/** A workflow is called as its session; whoever knows the name that a page was given may take the session. */
const OF_RUNS = new Set(['temporalWorkflowId', 'workflowId', 'digitflow.run']);
const GIVEN_TO_PAGE = /^[\w-]{22}$/;
const OF_SESSIONS = /(Session|:(pause|resume|end|report)|(Cancel|Terminate)Workflow)$/;

/** @param failed told of every batch that could not be sent */
export function discreetExporter(exporter: SpanExporter, failed: (error: Error | undefined) => void): SpanExporter {
  return {
    export(spans, done) {
      const told = spans.filter(({ name }) => !QUESTIONS.test(name)).map(discreet);
      if (told.length === 0) return done({ code: ExportResultCode.SUCCESS });
      exporter.export(told, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) failed(result.error);
        done({ code: ExportResultCode.SUCCESS }); // it has been told: nobody else need hear of it
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/** The same span, with what may be told. */
function discreet(span: ReadableSpan): ReadableSpan {
  const events = span.events.map((event) => ({ ...event, attributes: allowed(span.name, event.attributes) }));
  return Object.create(span, {
    attributes: { value: allowed(span.name, span.attributes) },
    events: { value: events },
    status: { value: { code: span.status.code } },
  }) as ReadableSpan;
}

function allowed<Attributes extends object>(span: string, attributes: Attributes | undefined): Attributes {
  const isTold = ([name, value]: [string, unknown]): boolean =>
    (TOLD.has(name) || name.startsWith('digitflow.')) &&
    !(OF_RUNS.has(name) && OF_SESSIONS.test(span) && GIVEN_TO_PAGE.test(String(value)));
  return Object.fromEntries(Object.entries(attributes ?? {}).filter(isTold)) as Attributes;
}
