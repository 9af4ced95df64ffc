// From any error to the failure that Temporal records: what may be tried again is decided here, nowhere else.

import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { activityInfo } from '@temporalio/activity';

/** An error nobody classified may be a passing one: it gets this many attempts. */
const ATTEMPTS_OF_UNKNOWN_ERRORS = 3;

/** A failure stands in the history for good and in every replay: messages and stacks are cut to this many characters. */
const MESSAGE_LENGTH = 1_000;
const CAUSES = 3;

interface Classified {
  code?: unknown;
  retryable?: unknown;
  nextRetryDelayMs?: unknown;
  details?: unknown;
}

/**
 * Our errors say `retryable` themselves; `code` (else the class name) becomes the failure's type.
 * @param attempt of the activity, from 1
 */
export function toFailure(error: unknown, attempt: number): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  const { code, retryable, nextRetryDelayMs, details } = (error ?? {}) as Classified;
  const name = error instanceof Error ? error.name : 'Error';
  const failure = ApplicationFailure.create({
    message: cut(error instanceof Error ? error.message : String(error)),
    type: typeof code === 'string' && code.length > 0 ? code : name,
    nonRetryable: typeof retryable === 'boolean' ? !retryable : attempt >= ATTEMPTS_OF_UNKNOWN_ERRORS,
    ...(typeof nextRetryDelayMs === 'number' && { nextRetryDelay: nextRetryDelayMs }),
    ...(details !== undefined && { details: [details] }),
  });
  failure.stack = cut(error instanceof Error ? (error.stack ?? '') : '');
  const cause = error instanceof Error ? shortCause(error.cause, CAUSES) : undefined;
  return cause === undefined ? failure : Object.assign(failure, { cause });
}

function shortCause(cause: unknown, depth: number): Error | undefined {
  if (!(cause instanceof Error) || depth === 0) return undefined;
  const below = shortCause(cause.cause, depth - 1);
  const short = new Error(cut(cause.message), below && { cause: below });
  short.name = cause.name;
  short.stack = cut(cause.stack ?? '');
  return short;
}

const cut = (text: string): string => (text.length <= MESSAGE_LENGTH ? text : `${text.slice(0, MESSAGE_LENGTH - 1)}…`);

/** Sits around every activity of a worker. */
export const failureInterceptor: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    try {
      return await next(input);
    } catch (error) {
      throw toFailure(error, activityInfo().attempt);
    }
  },
};
