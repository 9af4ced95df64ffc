// OpenTelemetry traces, off by default. What a program sees of them: the libraries are loaded only when the environment names
// a place to send traces to.

import type { Tracing } from './start-tracing.ts';

export type { Tracing } from './start-tracing.ts';

/** Programs as they are called in a trace. */
export type ServiceName = 'digitflow-cli' | 'digitflow-pipeline' | 'digitflow-inference';

type Environment = Readonly<Record<string, string | undefined>>;

export interface TracingOptions {
  service: ServiceName;
  version: string;
  /** OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT switch traces on. */
  environment: Environment;
  /** Told once what keeps traces from being sent. */
  warn: (message: string) => void;
}

/** Never throws: a program without traces does its work all the same. @returns undefined where traces are off */
export async function openTracing(options: TracingOptions): Promise<Tracing | undefined> {
  const url = tracesUrl(options.environment);
  if (url === undefined) return undefined;
  try {
    const { startTracing } = await import('./start-tracing.ts');
    return startTracing({ ...options, url });
  } catch (error) {
    options.warn(`no traces are sent: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Where spans go by OTLP over HTTP, by the variables of OpenTelemetry's specification; undefined: nowhere. */
export function tracesUrl(environment: Environment): string | undefined {
  if (environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  if (environment['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  const own = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']?.trim();
  if (own) return own;
  const shared = environment['OTEL_EXPORTER_OTLP_ENDPOINT']?.trim();
  return shared ? `${shared.replace(/\/+$/, '')}/v1/traces` : undefined;
}
