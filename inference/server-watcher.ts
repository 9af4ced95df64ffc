// Told of what a server has done, one request or session at a time; what it makes of it is its own affair.

import type { FastifyInstance } from 'fastify';
import type { SessionFigures } from './session-desk.ts';

export interface AnsweredRequest {
  method: string;
  /** As the route was registered, e.g. `/v2/models/:model/infer`; undefined where none fits. Never what a client wrote. */
  route: string | undefined;
  status: number;
  seconds: number;
  /** Its header of W3C Trace Context, as it came. */
  traceparent: string | undefined;
}

/** Its functions must not throw. */
export interface ServerWatcher {
  /** Not told of health and metrics, which are asked for every few seconds. */
  answered(request: AnsweredRequest): void;
  sessionEnded(figures: SessionFigures): void;
}

const UNTOLD = /^\/(v2\/health\/|metrics$)/;

export function tellRequests(app: FastifyInstance, { answered }: Pick<ServerWatcher, 'answered'>): void {
  app.addHook('onResponse', async ({ method, routeOptions: { url: route }, headers }, { statusCode, elapsedTime }) => {
    if (route !== undefined && UNTOLD.test(route)) return;
    const { traceparent } = headers;
    answered({
      method,
      route,
      status: statusCode,
      seconds: elapsedTime / 1_000,
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    });
  });
}
