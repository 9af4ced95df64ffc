// Requests and sessions of an inference worker as spans. A frame makes none, and the name of a session is told to nobody:
// whoever knows the one of a page may take the session.

import type { ServerWatcher } from '../inference/server-watcher.ts';
import type { Tracing } from '../setup/tracing/tracing.ts';

export function servingSpans({ record }: Pick<Tracing, 'record'>): ServerWatcher {
  return {
    answered: ({ method, route, status, seconds, traceparent }) =>
      record(route === undefined ? method : `${method} ${route}`, {
        seconds,
        traceparent,
        isFailed: status >= 500,
        attributes: {
          'http.request.method': method,
          ...(route !== undefined && { 'http.route': route }),
          'http.response.status_code': status,
        },
      }),
    sessionEnded: ({ source, startedAt, endedAt, frames, latencyMs, modelVersions, corrections }) =>
      record('session', {
        seconds: endedAt === undefined ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1_000,
        attributes: {
          'digitflow.session.source': source,
          'digitflow.session.frames_received': frames.received,
          'digitflow.session.frames_answered': frames.answered,
          'digitflow.session.frames_dropped': frames.dropped,
          'digitflow.session.latency_p95_ms': latencyMs.p95,
          'digitflow.session.model_versions': modelVersions.map(String),
          'digitflow.session.corrections': corrections,
        },
      }),
  };
}
