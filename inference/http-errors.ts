// Errors as clients see them: `{"error": …}`, the content type exactly `application/json` (the KServe client parses no
// other), and nothing of the inside.

import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { pathOf, Refused } from './security/guard.ts';
import type { ServingLog } from './serving-log.ts';

/** Errors of the house that a client may read as they are. */
const PUBLIC_ERRORS: Record<string, number> = {
  UnreadableImage: 400,
  InvalidImage: 400,
  UnknownVersion: 404,
  NoModel: 503,
  PoolClosed: 503,
};

/** Sends `{"error"}` the way every protocol here wants it. */
export function sendError(reply: FastifyReply, statusCode: number, message: string): FastifyReply {
  if ((statusCode === 503 || statusCode === 429) && !reply.hasHeader('retry-after'))
    void reply.header('retry-after', 1);
  const body = Buffer.from(JSON.stringify({ error: message })); // a string would get a charset
  return reply.code(statusCode).header('content-type', 'application/json').send(body);
}

/** Sets the handlers of everything that has none of its own. */
export function addErrorFormat(app: FastifyInstance, log: ServingLog): void {
  app.setNotFoundHandler((_request, reply) => sendError(reply, 404, 'no such path'));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof Refused) {
      if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', error.retryAfterSeconds);
      return sendError(reply, error.statusCode, error.message);
    }
    const status = PUBLIC_ERRORS[error.name] ?? error.statusCode ?? 500;
    if (status < 500 || PUBLIC_ERRORS[error.name] !== undefined) return sendError(reply, status, error.message);
    log.error({ err: error, path: pathOf(request.url) }, 'a request failed');
    return sendError(reply, status, status === 503 ? 'try again later' : 'internal error');
  });
}
