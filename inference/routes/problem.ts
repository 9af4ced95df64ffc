// What a client is told when a request can't be answered: a status, one sentence, and when to come back.

import type { ZodError } from 'zod';
import { Refused } from '../security/guard.ts';

/** Words from the code, never from a request: they become a metric's label. */
export type ProblemReason =
  | 'bad-request'
  | 'bad-tensor'
  | 'bad-image'
  | 'not-found'
  | 'unknown-model'
  | 'withdrawn'
  | 'too-large'
  | 'unsupported'
  | 'overloaded'
  | 'no-model'
  | 'timeout'
  | 'refused'
  | 'failed';

/** Thrown by routes, answered by the scope's error handler. The message goes to the client as it stands. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly statusCode: number;
  readonly reason: ProblemReason;
  /** Seconds until it may work; becomes Retry-After. */
  readonly retryAfterSeconds: number | undefined;
  constructor(reason: ProblemReason, message: string, options: HttpProblemOptions = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.statusCode = options.statusCode ?? STATUS[reason];
    this.retryAfterSeconds = options.retryAfterSeconds ?? (this.statusCode === 503 ? RETRY_SECONDS : undefined);
  }
}

export interface HttpProblemOptions {
  /** @default the usual one of the reason */
  statusCode?: number;
  retryAfterSeconds?: number;
  cause?: unknown;
}

const STATUS: Record<ProblemReason, number> = {
  'bad-request': 400,
  'bad-tensor': 400,
  'bad-image': 400,
  'not-found': 404,
  'unknown-model': 404,
  withdrawn: 410,
  'too-large': 413,
  unsupported: 415,
  overloaded: 503,
  'no-model': 503,
  timeout: 503,
  refused: 403,
  failed: 500,
};

/** Work inside the pool is done in milliseconds; a second spreads those who come back. */
const RETRY_SECONDS = 1;

const LONGEST_QUOTE = 80;

/** A client's own word in a message to it, cut short and without control characters. */
export const quoted = (word: string): string =>
  JSON.stringify(word.length > LONGEST_QUOTE ? `${word.slice(0, LONGEST_QUOTE)}…` : word);

/** The first thing that a schema found wrong, without the value. */
export function schemaProblem(error: ZodError): HttpProblem {
  const issue = error.issues[0];
  const at = issue === undefined || issue.path.length === 0 ? 'body' : issue.path.map(String).join('.');
  return new HttpProblem('bad-request', `${at}: ${ourWords(issue?.message ?? 'expected another shape')}`);
}

/** `Invalid input: expected string, received undefined` → `expected string, got nothing`. */
const ourWords = (message: string): string =>
  message
    .replace(/^Invalid (input|option): /, '')
    .replace(', received undefined', ', got nothing')
    .replace(', received ', ', got ');

/** By name: errors of pool threads and of later modules cross module boundaries, and names are their contract. */
const KNOWN: Record<string, (error: Error) => HttpProblem> = {
  NoModel: (cause) => new HttpProblem('no-model', 'expected a loaded model, got none yet', { cause }),
  UnknownVersion: (cause) => new HttpProblem('unknown-model', 'expected a loaded version, got another', { cause }),
  PoolClosed: (cause) => new HttpProblem('overloaded', 'this worker is stopping', { cause }),
  UnreadableImage: (cause) => new HttpProblem('bad-image', 'expected a picture that can be read', { cause }),
  InvalidImage: (cause) => new HttpProblem('bad-image', 'expected a picture with sides from 1 to 4096', { cause }),
  VersionMissing: (cause) => new HttpProblem('unknown-model', 'expected a published version, got none', { cause }),
  InvalidModelName: (cause) => new HttpProblem('unknown-model', 'expected the name of a model', { cause }),
  StoreUnavailable: (cause) => new HttpProblem('failed', 'the store gives no answer', { statusCode: 503, cause }),
};

/** Of errors by Fastify and its plugins (a body above the limit, a rate): their status is right, their text is ours. */
const OWN_TEXT: Record<number, [ProblemReason, string]> = {
  400: ['bad-request', 'expected another request'],
  413: ['too-large', 'expected a smaller body'],
  415: ['unsupported', 'expected another content type'],
  429: ['overloaded', 'too many requests: try later'],
};

/** What to answer for any error; what isn't foreseen says nothing of itself. */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (!(error instanceof Error)) return new HttpProblem('failed', 'internal error', { cause: error });
  if (error instanceof Refused) {
    const { statusCode, retryAfterSeconds } = error;
    const reason = statusCode === 503 ? 'overloaded' : 'refused';
    return new HttpProblem(reason, error.message, {
      statusCode,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
  const known = KNOWN[error.name];
  if (known !== undefined) return known(error);
  const statusCode = Number((error as Error & { statusCode?: unknown }).statusCode ?? 500);
  const [reason, message] = OWN_TEXT[statusCode] ?? ['failed', 'internal error'];
  return new HttpProblem(reason, message, {
    ...(OWN_TEXT[statusCode] !== undefined && { statusCode }),
    cause: error,
  });
}
