// Spans of this process, on their way to a collector by OTLP over HTTP. The only place that knows OpenTelemetry's libraries,
// with what is beside it; loaded only when traces are on.

import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { envDetectorSync, Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { keyFamily } from '../../artifacts/key-family.ts';
import type { StoreCall } from '../../artifacts/metered-store.ts';
import { discreetExporter } from './discreet-exporter.ts';
import { clientInterceptor, workerTracing, type WorkerTracing } from './temporal-interceptors.ts';
import type { TracingOptions } from './tracing.ts';

/** A collector that hangs holds up no end of a program for longer; a batch that takes longer is given up. */
const SEND_LIMIT_MS = 2_000;

export interface RecordedSpan {
  seconds: number;
  attributes: Attributes;
  /** @default false */
  isFailed?: boolean;
  /** Of W3C Trace Context; what is none names no trace. */
  traceparent?: string | undefined;
}

export interface Tracing {
  /** Runs work as a span below the one that runs now. What it throws is noted by its class, and thrown. */
  span: <T>(name: string, attributes: Record<string, string>, work: () => Promise<T>) => Promise<T>;
  /** A call of the store that has just ended; outside of every span it is no matter of traces. */
  storeCall: (call: StoreCall) => void;
  /** A span of work for others that has just ended: in the trace that they name, else in one of its own. */
  record: (name: string, span: RecordedSpan) => void;
  /** For Temporal's client: a workflow goes on with the trace of whoever started it. */
  client: WorkflowClientInterceptor;
  worker: WorkerTracing;
  /** Sends what is left, for two seconds at most; never rejects. */
  close(): Promise<void>;
}

/** @param options.url where spans are sent @throws when it is none */
export function startTracing({ service, version, environment, url, warn }: TracingOptions & { url: string }): Tracing {
  if (!/^https?:$/.test(new URL(url).protocol)) throw new TypeError(`expected an http or https address, got ${url}`);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const resource = envDetectorSync
    .detect()
    .merge(new Resource({ 'service.name': service, 'service.version': version, 'process.pid': process.pid }));
  const processor = new BatchSpanProcessor(
    discreetExporter(new OTLPTraceExporter({ url, timeoutMillis: SEND_LIMIT_MS }), once(warn)),
  );
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  const tracer = provider.getTracer('digitflow', version);
  // A command may be a part of somebody's script that is traced itself; a worker works for many.
  const root = service === 'digitflow-cli' ? outerContext(environment) : ROOT_CONTEXT;

  return {
    async span(name, attributes, work) {
      const parent = trace.getSpan(context.active()) === undefined ? root : context.active();
      const span = tracer.startSpan(name, { attributes }, parent);
      try {
        return await context.with(trace.setSpan(parent, span), work);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
        throw error;
      } finally {
        span.end();
      }
    },
    storeCall({ operation, key, outcome, seconds, readBytes, writtenBytes }) {
      if (trace.getSpan(context.active()) === undefined) return;
      const endMs = performance.timeOrigin + performance.now();
      const span = tracer.startSpan(`store ${operation}`, {
        kind: SpanKind.CLIENT,
        startTime: endMs - seconds * 1_000,
        attributes: {
          'digitflow.store.operation': operation,
          'digitflow.store.family': keyFamily(key),
          'digitflow.store.outcome': outcome,
          'digitflow.store.read_bytes': readBytes,
          'digitflow.store.written_bytes': writtenBytes,
        },
      });
      if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endMs);
    },
    record(name, { seconds, attributes, isFailed = false, traceparent }) {
      const endMs = performance.timeOrigin + performance.now();
      const startTime = endMs - seconds * 1_000;
      const parent = propagation.extract(ROOT_CONTEXT, { traceparent });
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, startTime, attributes }, parent);
      if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endMs);
    },
    client: clientInterceptor(tracer),
    worker: workerTracing({ tracer, processor, resource }),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, SEND_LIMIT_MS)));
      await Promise.race([provider.shutdown().catch(() => undefined), limit]);
      clearTimeout(timer);
    },
  };
}

/** TRACEPARENT and TRACESTATE, as tools that trace scripts set them. */
function outerContext(environment: TracingOptions['environment']) {
  const carrier = { traceparent: environment['TRACEPARENT'], tracestate: environment['TRACESTATE'] };
  return propagation.extract(ROOT_CONTEXT, carrier);
}

function once(warn: (message: string) => void): (error: Error | undefined) => void {
  let isTold = false;
  return (error) => {
    if (isTold) return;
    isTold = true;
    warn(`traces could not be sent (said once): ${error?.message || error?.name || 'no reason given'}`);
  };
}
