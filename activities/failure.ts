// From any error to the failure that Temporal records: what may be tried again is decided here, nowhere else.

import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { activityInfo } from '@temporalio/activity';

/** An error nobody classified may be a passing one: an activity may throw this many of them. */
const UNKNOWN_ERRORS = 3;

/** What Node calls a full disk of this machine: that of the cache, or of temporary files. */
const DISK_FULL = new Set<unknown>(['ENOSPC', 'EDQUOT']);

/** Activities whose errors are counted: far more than a worker runs at a time. */
const COUNTED_ACTIVITIES = 1_000;

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
 * @param unknownErrors how many unclassified errors the activity has thrown, this one included if it is one
 */
export function toFailure(error: unknown, unknownErrors: number): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  const { code, retryable, nextRetryDelayMs, details } = (error ?? {}) as Classified;
  const name = error instanceof Error ? error.name : 'Error';
  if (isDiskFull(error)) return toFailure(diskFull(error), unknownErrors);
  const failure = ApplicationFailure.create({
    message: cut(error instanceof Error ? error.message : String(error)),
    type: typeof code === 'string' && code.length > 0 ? code : name,
    nonRetryable: typeof retryable === 'boolean' ? !retryable : unknownErrors >= UNKNOWN_ERRORS,
    ...(typeof nextRetryDelayMs === 'number' && { nextRetryDelay: nextRetryDelayMs }),
    ...(details !== undefined && { details: [details] }),
  });
  failure.stack = cut(error instanceof Error ? (error.stack ?? '') : '');
  const cause = error instanceof Error ? shortCause(error.cause, CAUSES) : undefined;
  return cause === undefined ? failure : Object.assign(failure, { cause });
}

const isDiskFull = (error: unknown): error is Error =>
  error instanceof Error && DISK_FULL.has((error as Classified).code) && !('retryable' in error);

/** Room is made without changing the step, as with a store that is full. */
function diskFull(cause: Error): Error {
  const message = `${cause.message}: expected room on the disk of this worker, got none; free or add disk space`;
  return Object.assign(new Error(message, { cause }), { code: 'DiskFull', retryable: true });
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

/**
 * Sits around every activity of a worker. Errors are counted rather than attempts: an attempt that ended because its worker
 * or the store was gone says nothing against the step. A worker that is gone has forgotten its count, which costs the step
 * some attempts more.
 */
export function createFailureInterceptor(): ActivityInboundCallsInterceptor {
  const unknownErrors = new Map<string, number>();
  return {
    async execute(input, next) {
      const { workflowExecution, activityId } = activityInfo();
      const activity = `${workflowExecution?.runId} ${activityId}`;
      try {
        const result = await next(input);
        unknownErrors.delete(activity);
        return result;
      } catch (error) {
        if (isClassified(error)) throw toFailure(error, 0);
        const count = (unknownErrors.get(activity) ?? 0) + 1;
        unknownErrors.delete(activity); // set anew, it is the youngest
        unknownErrors.set(activity, count);
        if (unknownErrors.size > COUNTED_ACTIVITIES) unknownErrors.delete(unknownErrors.keys().next().value!);
        throw toFailure(error, count);
      }
    },
  };
}

function isClassified(error: unknown): boolean {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return true;
  return typeof (error as Classified | undefined)?.retryable === 'boolean' || isDiskFull(error);
}
