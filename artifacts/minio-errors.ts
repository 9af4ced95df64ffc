// From what the MinIO client throws to the store's own errors.

import {
  BucketMissing,
  StoreAccessDenied,
  StoreClockSkewed,
  StoreFull,
  StoreRefused,
  StoreUnavailable,
  type StorePlace,
} from './errors.ts';
import { AnsweredLater } from './minio-transport.ts';

const DENIED = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidTokenId',
  'AuthorizationHeaderMalformed',
]);
const FULL = new Set(['XMinioStorageFull', 'QuotaExceeded', 'InsufficientStorage']);
/** S3 takes no request whose date is further from its own. */
const CLOCK_LIMIT_MS = 15 * 60_000;
/** Codes that S3 asks to be tried again, and those of bytes that were spoilt or cut off on their way. */
const LATER = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
  'XMinioServerNotInitialized',
  'IncompleteBody',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
]);

/** The S3 code of an answer that was an error; undefined when there was no answer, or none that the client passes on. */
export function s3Code(error: unknown): string | undefined {
  if (error instanceof AnsweredLater) return error.code;
  // Errors of a socket have a code, too: the name tells them apart.
  if (!(error instanceof Error) || error.name !== 'S3Error' || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True when the answer said that the condition did not hold. */
export function isPreconditionFailed(error: unknown): boolean {
  return s3Code(error) === 'PreconditionFailed';
}

/** True when there is no object; `NotFound` is what a HEAD says, which has no body to say more. */
export function isMissingObject(error: unknown): boolean {
  const code = s3Code(error);
  return code === 'NoSuchKey' || code === 'NotFound';
}

/** @param clockAheadMs how far this machine's clock is ahead of the store's, as far as known */
export function toStoreError(place: StorePlace, error: unknown, clockAheadMs?: number): Error {
  if (error instanceof StoreUnavailable) return error;
  const code = s3Code(error);
  const message = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (code === 'NoSuchBucket') return new BucketMissing(place, options);
  const isDenied = code !== undefined && DENIED.has(code);
  // The answer to a HEAD has no code to tell a wrong clock from wrong keys.
  if (code === 'RequestTimeTooSkewed' || (isDenied && Math.abs(clockAheadMs ?? 0) > CLOCK_LIMIT_MS))
    return new StoreClockSkewed(place, clockAheadMs, options);
  if (isDenied) return new StoreAccessDenied(place, `${code} (${message})`, options);
  if (code !== undefined && FULL.has(code)) return new StoreFull(place, options);
  // Sockets' errors, time limits, statuses that ask for patience.
  if (code === undefined || code === '' || error instanceof AnsweredLater || LATER.has(code))
    return new StoreUnavailable(place, message, options);
  return new StoreRefused(place, `${code} (${message})`, options);
}
