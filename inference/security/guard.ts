// What every HTTP request passes before its route: a known host, a known page or none, a token where one is needed, and
// room. Refusals say what was expected and nothing of the inside.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { KnownAddresses } from './addresses.ts';
import { bearerToken } from './token.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route answers without a token: the page itself, health. */
    isPublic?: boolean;
  }
}

/** A refusal that says so to the client. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly retryable = false;
  readonly statusCode: number;
  readonly retryAfterSeconds: number | undefined;
  constructor(statusCode: number, message: string, retryAfterSeconds?: number) {
    super(message);
    this.statusCode = statusCode;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface GuardOptions {
  addresses: () => KnownAddresses;
  /** Undefined where everyone may come. */
  isToken: ((token: string | undefined) => boolean) | undefined;
  /** Requests with a body at work at any time. */
  requestsUnderway: number;
}

/** Paths that answer without a token, besides routes that say so: what a load balancer asks, and what describes the rest. */
const PUBLIC = /^\/(v2\/health\/|openapi\.json|docs(\/|$))/;
/** Published models may be loaded by pages of other origins; their routes send the CORS headers. */
const ANY_ORIGIN = /^\/models\//;

/** @returns how many requests with a body are at work */
export function addGuard(app: FastifyInstance, { addresses, isToken, requestsUnderway }: GuardOptions): () => number {
  let underway = 0;
  const counted = new WeakSet<FastifyRequest>();
  const release = (request: FastifyRequest): void => {
    if (counted.delete(request)) underway--;
  };

  app.addHook('onRequest', async (request, reply) => {
    const { isKnownHost, isKnownOrigin } = addresses();
    const path = pathOf(request.url);
    if (!isKnownHost(request.headers.host)) throw new Refused(421, 'this name is not one of this worker’s');
    const { origin } = request.headers;
    const isOpenRead = ANY_ORIGIN.test(path) && ['GET', 'HEAD', 'OPTIONS'].includes(request.method);
    if (origin !== undefined && !isOpenRead && !isKnownOrigin(origin))
      throw new Refused(403, 'pages of this origin may not use this worker');
    const needsToken =
      isToken !== undefined &&
      request.routeOptions.config.isPublic !== true &&
      !PUBLIC.test(path) &&
      request.method !== 'OPTIONS'; // a preflight can't carry it
    if (needsToken && !isToken(bearerToken(request.headers.authorization))) {
      void reply.header('www-authenticate', 'Bearer');
      throw new Refused(401, 'a token is needed: Authorization: Bearer …');
    }
    if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return;
    if (underway >= requestsUnderway) throw new Refused(503, 'too many requests at work; try again', 1);
    underway++;
    counted.add(request);
  });
  app.addHook('onResponse', async (request) => release(request));
  app.addHook('onRequestAbort', async (request) => release(request));
  return () => underway;
}

/** Without its query, which may name a session. */
export const pathOf = (url: string): string => url.split('?', 1)[0]!;
