// What every protocol's routes share: bodies as bytes whatever their type, errors as {"error"}, one count a request.

import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { ZodType } from 'zod';
import type { Outcome, Protocol } from '../metrics.ts';
import { pathOf } from '../security/guard.ts';
import { overloaded, type Admission } from './admission.ts';
import { HttpProblem, schemaProblem, toProblem, type ProblemReason } from './problem.ts';
import type { RouteDependencies } from './route.ts';

/** The routes of this folder share one admission. */
export interface ProtocolDependencies extends RouteDependencies {
  admission: Admission;
}

export interface ScopeOptions {
  /** What its POST requests count as. */
  protocol: Exclude<Protocol, 'websocket'>;
  dependencies: ProtocolDependencies;
  /** Of a body, before and after decompression. */
  bodyLimitBytes: number;
}

const reasons = new WeakMap<FastifyRequest, ProblemReason>();

/**
 * Prepares an instance for a protocol: the sync Triton client sends no Content-Type at all, others
 * application/octet-stream, so a body's type decides nothing; the KServe client reads an error only when its type is
 * exactly `application/json`.
 */
export function openScope(app: FastifyInstance, { protocol, dependencies, bodyLimitBytes }: ScopeOptions): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyLimitBytes }, (_request, body, done) => {
    done(null, body);
  });
  app.setSerializerCompiler(serializerCompiler);
  app.setValidatorCompiler(
    ({ schema, httpPart }) =>
      (value) =>
        checkPart(schema as ZodType, httpPart, value),
  );
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (problem.reason === 'failed')
      dependencies.log.warn({ err: problem.cause, path: pathOf(request.url) }, 'a request failed');
    return sendProblem(problem, request, reply);
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.getHeader('content-type') === 'application/json; charset=utf-8')
      reply.header('content-type', 'application/json');
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (request.method === 'POST')
      dependencies.metrics.request({
        protocol,
        outcome: outcomeOf(reply.statusCode),
        reason: reasons.get(request) ?? '',
        durationMs: reply.elapsedTime,
      });
    done();
  });
}

function checkPart(schema: ZodType, part: string | undefined, value: unknown) {
  // Bodies are bytes here and are checked after unpacking; their schema is for /openapi.json.
  if (part === 'body') return { value };
  const checked = schema.safeParse(value);
  return checked.success ? { value: checked.data } : { error: schemaProblem(checked.error) };
}

export function sendProblem(problem: HttpProblem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reasons.set(request, problem.reason);
  if (problem.retryAfterSeconds !== undefined && !reply.hasHeader('retry-after'))
    reply.header('retry-after', String(problem.retryAfterSeconds));
  return reply.code(problem.statusCode).type('application/json').send(errorBytes(problem.message));
}

// Bytes, so that a route's response schema has no say in how an error is written.
const errorBytes = (error: string): Buffer => Buffer.from(JSON.stringify({ error }));

/** Answers what no route of a prefix stands for. */
export function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(new HttpProblem('not-found', 'expected a path of this protocol, got another'), request, reply);
}

/** A route's hook that refuses before the body is read. */
export const refuseWhenFull =
  (admission: Admission): onRequestHookHandler =>
  (_request, _reply, done) => {
    done(admission.isFull ? overloaded() : undefined);
  };

const outcomeOf = (status: number): Outcome => {
  if (status < 400) return 'ok';
  if (status === 429 || status === 503) return 'overloaded';
  return status < 500 ? 'rejected' : 'failed';
};

/** The body as the scope's parser left it; empty when there was none. */
export const bodyOf = (request: FastifyRequest): Buffer => (request.body as Buffer | undefined) ?? Buffer.alloc(0);

/** A header that may stand once. @throws HttpProblem bad-request when it stands twice */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  if (Array.isArray(value)) throw new HttpProblem('bad-request', `${name}: expected one header, got several`);
  return value;
}
