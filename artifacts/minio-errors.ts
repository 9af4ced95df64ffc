// From what the MinIO client throws to the store's own errors.

import {
  BucketMissing,
  StoreAccessDenied,
  StoreFull,
  StoreRefused,
  StoreUnavailable,
  type StorePlace,
} from './errors.ts';

const DENIED = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidTokenId',
  'AuthorizationHeaderMalformed',
]);
const FULL = new Set(['XMinioStorageFull', 'QuotaExceeded', 'InsufficientStorage']);
/** Codes that S3 asks to be tried again, beside every status from 500 on. */
const LATER = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
  'XMinioServerNotInitialized',
]);

/** The S3 code of an answer that was an error; undefined when there was no answer, or none that the client passes on. */
export function s3Code(error: unknown): string | undefined {
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

export function toStoreError(place: StorePlace, error: unknown): Error {
  const code = s3Code(error);
  const message = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (code === 'NoSuchBucket') return new BucketMissing(place, options);
  if (code !== undefined && DENIED.has(code)) return new StoreAccessDenied(place, `${code} (${message})`, options);
  if (code !== undefined && FULL.has(code)) return new StoreFull(place, options);
  // Sockets' errors, time limits, and every 5xx: the client keeps no code of those, only its own message.
  if (code === undefined || code === '' || LATER.has(code)) return new StoreUnavailable(place, message, options);
  return new StoreRefused(place, `${code} (${message})`, options);
}
