// One line a request: method, path, status, time. Never its query (which may name a session), a header or a body.

import type { FastifyInstance } from 'fastify';
import { pathOf } from './security/guard.ts';
import type { ServingLog } from './serving-log.ts';

/** What asks again every few seconds; their lines would bury the others. */
const UNLOGGED = /^\/(v2\/health\/|metrics$)/;
const LONGEST_PATH = 200;

export function addRequestLog(app: FastifyInstance, log: ServingLog): void {
  app.addHook('onResponse', async (request, reply) => {
    const path = pathOf(request.url);
    if (UNLOGGED.test(path) && reply.statusCode < 400) return;
    log.info(
      {
        method: request.method,
        path: path.slice(0, LONGEST_PATH),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
  });
}
